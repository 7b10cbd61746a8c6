// A browser's consent to be pushed to: asked for by a tap only, filed with the service, taken back on leaving. It knows nothing of the
// page; the service's face comes in.
//
//   unset: nobody is pushed to here, and no switch is shown
//   missing | install | refused | foreign | failed: not in this browser, and why
//   off ──agree()──▶ on ──leave()──▶ off
import { Problem } from '../api/problem'
import { leftAt, type PushPage, STORE } from './words'

/** `install`: an iPhone pushes to pages on its home screen only. `foreign`: the browser's push service is not one that the street uses. */
export type PushState = 'unset' | 'missing' | 'install' | 'refused' | 'foreign' | 'failed' | 'off' | 'on'
export interface PushFiled { device: string, endpoint: string, keys: { p256dh: string, auth: string } }
export interface PushFace {
  key(): Promise<string>
  /** Answers the id under which it is filed. */
  add(it: PushFiled): Promise<string>
  end(id: string): Promise<unknown>
}

/** No longer than this is leaving held up by a service that does not answer. */
const LEAVE_WITHIN_MS = 1_500

export function isApple(agent: string, touches: number): boolean {
  return /iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && touches > 1)
}
/** What the device is called in lists, in names that need no translation. */
export function deviceName(agent: string): string {
  const pick = (all: [RegExp, string][]) => all.filter(it => it[0].test(agent)).map(it => it[1])[0]
  const device = pick([[/iPhone/, 'iPhone'], [/iPad/, 'iPad'], [/HarmonyOS|OpenHarmony/, 'HarmonyOS'], [/Android/, 'Android'], [/Windows/, 'Windows'], [/Macintosh/, 'Mac'], [/Linux/, 'Linux']])
  const browser = pick([[/MicroMessenger/, 'WeChat'], [/Edg/, 'Edge'], [/Firefox|FxiOS/, 'Firefox'], [/HuaweiBrowser/, 'Huawei'], [/Chrome|CriOS/, 'Chrome'], [/Safari/, 'Safari']])
  return [device, browser].filter(Boolean).join(' · ') || 'Web'
}
export function bytesOf(key: string): Uint8Array<ArrayBuffer> {
  const text = atob(key.replace(/-/g, '+').replace(/_/g, '/'))
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at)
  return bytes
}

export class Consent {
  private key = ''
  private readonly keptAt: string

  constructor(private readonly page: PushPage, private readonly face: PushFace, private readonly language: () => string, private readonly told: (state: PushState) => void) {
    this.keptAt = `ecd.${page}.push`
  }

  /** Looks, and files anew what was agreed to before: the address may be another, or somebody else may have signed in here meanwhile. */
  async look(): Promise<void> {
    try {
      this.key = await this.face.key()
    } catch (error) {
      // 404: nobody is pushed to. No answer: not known, and no switch that may lead nowhere.
      this.told('unset')
      if (!(error instanceof Problem) || error.status !== 404) return
      this.kept = ''
      return
    }
    const cannot = this.cannot()
    if (cannot) {
      if (this.kept) await this.leave()
      this.told(cannot)
    } else if (this.kept) await this.file()
    else this.told('off')
  }

  /** To be called by a tap: the browser asks its owner. */
  async agree(): Promise<void> {
    if (!this.key) return this.look()
    const cannot = this.cannot()
    if (cannot) return this.told(cannot)
    if (await Notification.requestPermission() !== 'granted') return this.told(Notification.permission === 'denied' ? 'refused' : 'off')
    await this.file()
  }

  /** The language of the notifications follows that of the page. */
  async say(): Promise<void> {
    try {
      const store = await caches.open(STORE)
      await store.put(leftAt(this.page), new Response(JSON.stringify({ language: this.language(), key: this.key, device: deviceName(navigator.userAgent) }), { headers: { 'content-type': 'application/json' } }))
    } catch {
      // The worker speaks the browser's language then.
    }
  }

  /** On signing out, and by the switch: the service first, then the browser, which makes the address good for nothing. */
  async leave(): Promise<void> {
    const id = this.kept
    this.kept = ''
    if (id) {
      const within = new Promise(done => { setTimeout(done, LEAVE_WITHIN_MS) })
      await Promise.race([this.face.end(id).catch(() => {}), within])
    }
    await this.forget()
    this.told('off')
  }
  /** Where nobody is signed in any more: without the service. */
  async forget(): Promise<void> {
    this.kept = ''
    try {
      const it = await this.worker(false)
      const subscription = it && await it.pushManager.getSubscription()
      if (subscription) await subscription.unsubscribe()
    } catch {
      // There is none.
    }
  }

  private cannot(): PushState | undefined {
    if (!('serviceWorker' in navigator) || !('PushManager' in window) || typeof Notification === 'undefined') return isApple(navigator.userAgent, navigator.maxTouchPoints || 0) ? 'install' : 'missing'
    return Notification.permission === 'denied' ? 'refused' : undefined
  }

  private async file(): Promise<void> {
    try {
      const worker = await this.worker(true)
      if (!worker || Notification.permission !== 'granted') return this.told('off')
      const agreed = await this.subscription(worker)
      const json = agreed.toJSON()
      const keys: Record<string, string | undefined> = json.keys || {}
      this.kept = await this.face.add({ device: deviceName(navigator.userAgent), endpoint: String(json.endpoint), keys: { p256dh: String(keys['p256dh']), auth: String(keys['auth']) } })
      await this.say()
      this.told('on')
    } catch (error) {
      if (error instanceof Problem && error.status === 422) {
        await this.forget()
        return this.told('foreign')
      }
      // What was agreed to before stands; it is filed anew another time.
      this.told(this.kept ? 'on' : 'failed')
    }
  }

  private async subscription(worker: ServiceWorkerRegistration): Promise<PushSubscription> {
    const options = { userVisibleOnly: true, applicationServerKey: bytesOf(this.key) }
    try {
      return await worker.pushManager.subscribe(options)
    } catch (error) {
      // Agreed to for another key of ours, from before it was changed.
      const old = await worker.pushManager.getSubscription()
      if (!old) throw error
      await old.unsubscribe()
      return worker.pushManager.subscribe(options)
    }
  }

  private async worker(make: boolean): Promise<ServiceWorkerRegistration | undefined> {
    if (!('serviceWorker' in navigator)) return undefined
    const scope = `/${this.page}`
    const it = make ? await navigator.serviceWorker.register(`${scope}/sw.js`, { scope, updateViaCache: 'none' }) : await navigator.serviceWorker.getRegistration(`${scope}/`)
    const young = it && !it.active ? it.installing || it.waiting : null
    if (young) {
      await new Promise<void>(done => {
        young.addEventListener('statechange', () => { if (young.state === 'activated' || young.state === 'redundant') done() })
      })
    }
    return it
  }

  private get kept(): string {
    try {
      return localStorage.getItem(this.keptAt) || ''
    } catch {
      return ''
    }
  }
  private set kept(id: string) {
    try {
      if (id) localStorage.setItem(this.keptAt, id)
      else localStorage.removeItem(this.keptAt)
    } catch {
      // A browser that keeps nothing asks again.
    }
  }
}
