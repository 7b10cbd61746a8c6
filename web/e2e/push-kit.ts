// A push service on this machine, and a browser that agrees to it: what the program seals is opened here, and brought to the page's
// worker as a browser brings it. No push service of a browser can be reached from a test.
import { createDecipheriv, createECDH, createHmac, type ECDH, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BrowserContext, CDPSession, Page } from '@playwright/test'
import { expect } from './kit'

export interface Arrived { path: string, topic: string, urgency: string, signed: boolean, data: { case_id: string, kind: string } }

const hmac = (key: Buffer, ...data: Buffer[]) => createHmac('sha256', key).update(Buffer.concat(data)).digest()
const expand = (key: Buffer, info: string | Buffer, length: number) => hmac(key, Buffer.from(info), Buffer.from([1])).subarray(0, length)

/** RFC 8188 and 8291, one record. */
function open(body: Buffer, key: ECDH, auth: Buffer): string {
  const salt = body.subarray(0, 16)
  const length = body[20] ?? 0
  const theirs = body.subarray(21, 21 + length)
  const sealed = body.subarray(21 + length)
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), key.getPublicKey(), theirs])
  const prk = hmac(salt, expand(hmac(auth, key.computeSecret(theirs)), info, 32))
  const cipher = createDecipheriv('aes-128-gcm', expand(prk, 'Content-Encoding: aes128gcm\0', 16), expand(prk, 'Content-Encoding: nonce\0', 12))
  cipher.setAuthTag(sealed.subarray(-16))
  const text = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()])
  return text.subarray(0, text.lastIndexOf(2)).toString('utf8')
}

export class PushService {
  private readonly server: Server
  private readonly key = createECDH('prime256v1')
  private readonly auth = randomBytes(16)
  readonly arrived: Arrived[] = []
  constructor() {
    this.key.generateKeys()
    this.server = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (it: Buffer) => parts.push(it))
      request.on('end', () => {
        const header = (name: string) => String(request.headers[name] ?? '')
        this.arrived.push({ path: request.url ?? '', topic: header('topic'), urgency: header('urgency'), signed: header('authorization').startsWith('vapid t='), data: JSON.parse(open(Buffer.concat(parts), this.key, this.auth)) })
        response.writeHead(201).end()
      })
    })
  }
  async start(): Promise<string> {
    await new Promise<void>(done => this.server.listen(0, '127.0.0.1', done))
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }
  end() {
    this.server.closeAllConnections()
    this.server.close()
  }
  /** What the browser would give for an endpoint of this service. */
  keys() {
    return { p256dh: this.key.getPublicKey().toString('base64url'), auth: this.auth.toString('base64url') }
  }
  async gets(kind: string, caseId: string): Promise<Arrived> {
    await expect.poll(() => this.arrived.some(it => it.data.kind === kind && it.data.case_id === caseId), { timeout: 20_000 }).toBe(true)
    return this.arrived.find(it => it.data.kind === kind && it.data.case_id === caseId) as Arrived
  }
}

/** The browser agrees, to an endpoint of ours. What it was given is kept in `window.asked`. */
export async function agrees(page: Page, endpoint: string, keys: { p256dh: string, auth: string }) {
  await page.addInitScript(([endpoint, keys]) => {
    let agreed = localStorage.getItem('test.agreed') === '1'
    const it = { endpoint, toJSON: () => ({ endpoint, keys }), unsubscribe: async () => { agreed = false; localStorage.removeItem('test.agreed'); return true } }
    Object.assign(PushManager.prototype, {
      subscribe: async (options: { applicationServerKey: Uint8Array }) => {
        Object.assign(window, { asked: options.applicationServerKey.length })
        agreed = true
        localStorage.setItem('test.agreed', '1')
        return it
      },
      getSubscription: async () => (agreed ? it : null),
    })
  }, [endpoint, keys] as const)
}

/** Brings what arrived to the worker of this page. */
export async function courier(context: BrowserContext, page: Page, scope: string) {
  const session: CDPSession = await context.newCDPSession(page)
  let id = ''
  session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    id = registrations.find(it => it.scopeURL.endsWith(scope))?.registrationId ?? id
  })
  await session.send('ServiceWorker.enable')
  return async (it: Arrived) => {
    await expect.poll(() => id).not.toBe('')
    await session.send('ServiceWorker.deliverPushMessage', { origin: new URL(page.url()).origin, registrationId: id, data: JSON.stringify(it.data) })
  }
}
/** What lies on the lock screen. */
export const shown = (page: Page, scope: string) => page.evaluate(async scope => {
  const worker = await navigator.serviceWorker.getRegistration(scope)
  return ((await worker?.getNotifications()) ?? []).map(it => ({ title: it.title, body: it.body, tag: it.tag, path: (it.data as { path: string } | null)?.path ?? '' }))
}, scope)
