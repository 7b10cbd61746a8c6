// The worker that keeps this page on the phone, and a newer one that waits for a quiet moment.
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

export const useUpdate = defineStore('update', () => {
  /** A newer version is on the phone. */
  const waiting = shallowRef<ServiceWorker | null>(null)
  const turning = ref(false)

  async function start() {
    if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
    try {
      const it = await navigator.serviceWorker.register('/care/sw.js', { scope: '/care', updateViaCache: 'none' })
      waiting.value = navigator.serviceWorker.controller ? it.waiting : null
      it.addEventListener('updatefound', () => {
        const next = it.installing
        next?.addEventListener('statechange', () => { if (next.state === 'installed' && navigator.serviceWorker.controller) waiting.value = next })
      })
      setInterval(() => void it.update().catch(() => {}), 3_600_000)
      navigator.serviceWorker.addEventListener('controllerchange', () => { if (turning.value) location.reload() })
    } catch {
      // A browser that does not let us, as some inside other apps: the page works with a network only.
    }
  }
  /** Asked for by a hand, on a page where nothing is in the middle of anything. */
  function turn() {
    turning.value = true
    waiting.value?.postMessage('now')
  }
  return { waiting, turning, start, turn }
})
