// The worker that keeps this page on the screen, where the browser has one.

/** A screen is seldom loaded anew: so often it asks whether there is a newer page to be kept. */
const ASK_EVERY_MS = 3_600_000

export async function keepPage() {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  try {
    const it = await navigator.serviceWorker.register('/elder/sw.js', { scope: '/elder', updateViaCache: 'none' })
    setInterval(() => { it.update().catch(() => {}) }, ASK_EVERY_MS)
  } catch {
    // Some browsers inside other apps do not let us, nor an address without TLS: the page opens with a network only.
  }
}
