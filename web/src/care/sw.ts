// The page without a network: its own files are kept on the phone, and nothing of the API ever is.
//
// A page is fetched from the service while there is one, so that page and program are of one piece; after a moment's silence the
// kept one stands in. A newer worker waits until the page says that nobody is in the middle of something.
import { cleanupOutdatedCaches, matchPrecache, precacheAndRoute } from 'workbox-precaching'
import { registerRoute } from 'workbox-routing'
import { isPushed, type PushWorker } from '../shared/push/worker'

interface Worker {
  addEventListener(type: 'message', heard: (event: { data: unknown }) => void): void
  addEventListener(type: 'activate', heard: (event: { waitUntil: (it: Promise<unknown>) => void }) => void): void
  skipWaiting(): Promise<void>
  clients: { claim(): Promise<void> }
}
const worker = globalThis as unknown as Worker

/** Longer than this nobody waits for a page that is on the phone already. */
const PAGE_WITHIN_MS = 2_500

cleanupOutdatedCaches()
precacheAndRoute(__PRECACHE__)

registerRoute(({ request, url }) => request.mode === 'navigate' && url.pathname.startsWith(__PAGE__) && !url.pathname.includes('.'), async ({ request }) => {
  const kept = async () => (await matchPrecache(`${__PAGE__}/index.html`)) ?? Response.error()
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PAGE_WITHIN_MS) })
    return answer.ok ? answer : await kept()
  } catch {
    return kept()
  }
})

worker.addEventListener('activate', event => event.waitUntil(worker.clients.claim()))
worker.addEventListener('message', event => { if (event.data === 'now') void worker.skipWaiting() })

isPushed(worker as unknown as PushWorker, 'care', '/care/icon-192.png')
