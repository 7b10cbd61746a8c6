// The screen on the night table without a network: its few files are kept on it, and nothing of the API ever is. A tablet that
// starts anew while the line is down shows its keys, and not the browser's page of errors.
//
// Written for browsers that are some years old, so without the libraries of the other worker. The page comes from the service
// while there is one; after a moment's silence the kept one stands in. It fetches nothing after it stands, so a newer worker need
// not wait for a quiet moment.
interface Kept { match(url: string): Promise<Response | undefined>, put(url: string, it: Response): Promise<void> }
interface Later { waitUntil(it: Promise<unknown>): void }
interface Fetching { request: Request, respondWith(it: Promise<Response>): void }
interface Worker {
  addEventListener(type: 'install' | 'activate', heard: (event: Later) => void): void
  addEventListener(type: 'fetch', heard: (event: Fetching) => void): void
  skipWaiting(): Promise<void>
  clients: { claim(): Promise<void> }
  caches: { open(name: string): Promise<Kept>, keys(): Promise<string[]>, delete(name: string): Promise<boolean> }
  location: Location
}
const worker = globalThis as unknown as Worker

/** Longer than this nobody waits for a page that is on the screen's own store already. */
const PAGE_WITHIN_MS = 2_500
const PAGE = `${__PAGE__}/index.html`
const FAMILY = 'ecd.elder.'
/** The page names all its files by their content, so its own content names the whole. */
const NAME = FAMILY + ((__PRECACHE__.filter(it => it.url === PAGE)[0] || { revision: '' }).revision || '')

async function keep() {
  const kept = await worker.caches.open(NAME)
  await Promise.all(__PRECACHE__.map(async it => {
    const answer = await fetch(it.url, { cache: it.revision ? 'no-cache' : 'default', credentials: 'omit' })
    if (!answer.ok) throw new Error(`${it.url}: ${answer.status}`)
    await kept.put(it.url, answer)
  }))
  await worker.skipWaiting()
}
async function begin() {
  const names = await worker.caches.keys()
  await Promise.all(names.filter(it => it.indexOf(FAMILY) === 0 && it !== NAME).map(it => worker.caches.delete(it)))
  await worker.clients.claim()
}
const own = async (url: string) => (await worker.caches.open(NAME)).match(url)

async function page(request: Request): Promise<Response> {
  const silence = new Promise<undefined>(done => { setTimeout(() => done(undefined), PAGE_WITHIN_MS) })
  const asked = fetch(request).catch(() => undefined)
  const answer = await Promise.race([asked, silence])
  if (answer && answer.ok) return answer
  return (await own(PAGE)) || (await asked) || Response.error()
}

worker.addEventListener('install', event => event.waitUntil(keep()))
worker.addEventListener('activate', event => event.waitUntil(begin()))
worker.addEventListener('fetch', event => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== worker.location.origin) return
  if (request.mode === 'navigate') {
    if (pathname === PAGE || pathname.indexOf('.') < 0) event.respondWith(page(request))
  } else if (__PRECACHE__.some(it => it.url === pathname)) event.respondWith(own(pathname).then(it => it || fetch(request)))
})
