// The page without a network: its own files are kept on the phone, and nothing of the API ever is.
//
// A page is fetched from the service while there is one, so that page and program are of one piece; after a moment's silence the
// kept one stands in. A newer worker waits until the page says that nobody is in the middle of something.
import { cleanupOutdatedCaches, matchPrecache, precacheAndRoute } from 'workbox-precaching'
import { registerRoute } from 'workbox-routing'

interface Worker {
  addEventListener(type: 'message', heard: (event: { data: unknown }) => void): void
  addEventListener(type: 'notificationclick', heard: (event: { notification: Notification, waitUntil: (it: Promise<unknown>) => void }) => void): void
  addEventListener(type: 'activate', heard: (event: { waitUntil: (it: Promise<unknown>) => void }) => void): void
  skipWaiting(): Promise<void>
  clients: { claim(): Promise<void>, matchAll(options: { type: 'window', includeUncontrolled: boolean }): Promise<{ url: string, focus(): Promise<unknown> }[]>, openWindow(url: string): Promise<unknown> }
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

/** The page that is open, or a new one; the offer is on whichever it is. */
worker.addEventListener('notificationclick', event => {
  event.notification.close()
  event.waitUntil((async () => {
    const open = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
    const mine = open.find(it => new URL(it.url).pathname.startsWith(__PAGE__))
    return mine ? mine.focus() : worker.clients.openWindow(`${__PAGE__}/`)
  })())
})
