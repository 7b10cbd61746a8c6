// A worker that is pushed to: shows a notification, leads to the case, and agrees anew when the push service changes its address.
// What is sealed in a push is a case's id and the kind of notice; all else is asked for by the page.
import { leftAt, type Left, pathFor, type PushPage, STORE, wordsFor } from './words'

interface Later { waitUntil(it: Promise<unknown>): void }
interface Pushed extends Later { data: { json(): unknown } | null }
interface Shown { data?: unknown, close(): void }
interface Tab { url: string, visibilityState?: string, focus(): Promise<unknown>, postMessage(it: unknown): void }
interface Changed extends Later { newSubscription?: PushSubscription | null, oldSubscription?: PushSubscription | null }
export interface PushWorker {
  addEventListener(type: 'push', heard: (event: Pushed) => void): void
  addEventListener(type: 'notificationclick', heard: (event: Later & { notification: Shown }) => void): void
  addEventListener(type: 'pushsubscriptionchange', heard: (event: Changed) => void): void
  registration: { showNotification(title: string, options: unknown): Promise<void>, pushManager: PushManager }
  clients: { matchAll(options: { type: 'window', includeUncontrolled: boolean }): Promise<readonly Tab[]>, openWindow(url: string): Promise<unknown> }
  navigator: { language: string }
  caches: { open(name: string): Promise<{ match(url: string): Promise<Response | undefined> }> }
}
/** Files the new address of a browser where the worker itself may: the family's cookie goes along, a token is out of a worker's reach. */
type Refile = (subscription: PushSubscription, device: string) => Promise<unknown>

export function isPushed(worker: PushWorker, page: PushPage, icon: string | undefined, refile?: Refile) {
  async function left(): Promise<Left | undefined> {
    try {
      const kept = await (await worker.caches.open(STORE)).match(leftAt(page))
      return kept ? await kept.json() as Left : undefined
    } catch {
      return undefined
    }
  }
  async function tabs(): Promise<readonly Tab[]> {
    const all = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
    return all.filter(it => new URL(it.url).pathname.split('/')[1] === page)
  }

  async function show(data: unknown) {
    const said = (data || {}) as { case_id?: unknown, kind?: unknown }
    const id = String(said.case_id || '')
    const kind = String(said.kind || '')
    const known = await left()
    const words = wordsFor(page, kind, known ? known.language : worker.navigator.language)
    // A page that is looked at has its own tone; the browser wants a notification all the same.
    const seen = (await tabs()).some(it => it.visibilityState === 'visible')
    await worker.registration.showNotification(words.title, {
      body: words.body, lang: words.lang, icon, badge: icon, silent: seen, requireInteraction: words.stays && !seen,
      // Of one case only the last word stands: who need not go any more finds no offer beside it.
      tag: id || page, renotify: !seen, data: { path: pathFor(page, kind, id) },
    })
  }

  async function lead(data: unknown) {
    const path = String(((data || {}) as { path?: unknown }).path || `/${page}/`)
    const open = (await tabs())[0]
    if (!open) return worker.clients.openWindow(path)
    open.postMessage({ open: path })
    return open.focus()
  }

  async function again(event: Changed) {
    const known = await left()
    const next = event.newSubscription || (known && await worker.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: known.key }))
    if (next && known && refile) await refile(next, known.device)
    // Where the worker cannot, a page that is open does, or the next that is opened.
    for (const it of await tabs()) it.postMessage({ push: 'changed' })
  }

  worker.addEventListener('push', event => {
    let data: unknown
    try {
      data = event.data && event.data.json()
    } catch {
      // Not ours, or cut off: that there is news is true all the same.
    }
    event.waitUntil(show(data))
  })
  worker.addEventListener('notificationclick', event => {
    event.notification.close()
    event.waitUntil(lead(event.notification.data))
  })
  worker.addEventListener('pushsubscriptionchange', event => event.waitUntil(again(event)))
}
