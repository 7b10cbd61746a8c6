// One sentence at a time above the foot of the screen; one may carry a way back.
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

export interface Said { text: string, kind: 'good' | 'bad' | 'plain', undo?: () => void, until: number }

export const useSays = defineStore('says', () => {
  const said = shallowRef<Said | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  function say(text: string, kind: Said['kind'] = 'good', undo?: () => void) {
    const ms = undo ? 10_000 : kind === 'bad' ? 9_000 : 3_500
    clearTimeout(timer)
    said.value = { text, kind, undo, until: Date.now() + ms }
    timer = setTimeout(hush, ms)
  }
  /** That something waits on the phone: true until it has arrived. */
  let waits: Said | null = null
  function kept(text: string) {
    say(text, 'plain')
    waits = said.value
  }
  /** What waited is with the service; if the screen still says otherwise, it says this instead. */
  function delivered(text: string) {
    if (waits && said.value === waits) say(text)
  }
  function hush() {
    clearTimeout(timer)
    said.value = null
  }
  return { said, say, kept, delivered, hush }
})
