// Short sentences at the foot of the screen; one may carry a way back.
import { defineStore } from 'pinia'
import { ref } from 'vue'

export interface Toast { id: number, text: string, kind: 'good' | 'bad' | 'plain', undo?: () => void }

export const useToasts = defineStore('toasts', () => {
  const toasts = ref<Toast[]>([])
  let next = 1
  function say(text: string, kind: Toast['kind'] = 'good', undo?: () => void) {
    const id = next
    next += 1
    toasts.value = [...toasts.value.slice(-3), { id, text, kind, undo }]
    setTimeout(() => drop(id), undo ? 10_000 : kind === 'bad' ? 8_000 : 3_000)
    return id
  }
  function drop(id: number) {
    toasts.value = toasts.value.filter(it => it.id !== id)
  }
  return { toasts, say, drop }
})
