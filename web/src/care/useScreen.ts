// The screen stays lit on a task, where the phone can: a dark one runs no script and sends no position. Where it cannot it is said.
import { defineStore } from 'pinia'
import { ref } from 'vue'

export const useScreen = defineStore('screen', () => {
  const state = ref<'unknown' | 'lit' | 'refused' | 'missing'>('wakeLock' in navigator ? 'unknown' : 'missing')
  let lock: WakeLockSentinel | undefined
  let wanted = false

  /** The browser takes the light away whenever the page is left, so it is asked for again when somebody is back. */
  async function light() {
    if (!wanted || document.visibilityState !== 'visible' || state.value === 'missing') return
    try {
      lock = await navigator.wakeLock.request('screen')
      if (!wanted) return void dim()
      state.value = 'lit'
    } catch {
      // With a low battery, or where the phone's owner saves power. It may be lit again later.
      state.value = 'refused'
    }
  }
  function keep(on: boolean) {
    wanted = on
    if (on) void light()
    else dim()
  }
  function dim() {
    void lock?.release().catch(() => {})
    lock = undefined
  }
  document.addEventListener('visibilitychange', () => void light())
  return { state, keep }
})
