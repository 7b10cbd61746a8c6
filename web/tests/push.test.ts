import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '@/shared/api/problem'
import { bytesOf, Consent, deviceName, isApple, type PushFace, type PushState } from '@/shared/push/consent'
import { isPushed, type PushWorker } from '@/shared/push/worker'
import { pathFor, wordsFor } from '@/shared/push/words'

const ID = `case_${'0a'.repeat(16)}`
const rust = readFileSync(join(import.meta.dirname, '../../src/case/notice.rs'), 'utf8')
const KINDS = [.../NoticeKind \([^{]*\{([\s\S]*?)\n {4}\}/.exec(rust)?.[1]?.matchAll(/= "(\w+)"/g) ?? []].map(it => it[1] ?? '')

describe('what a notification says', () => {
  it('is there for every kind that the service has, in both languages, and names no sort of call', () => {
    expect(KINDS).toContain('offer')
    expect(KINDS.length).toBeGreaterThan(20)
    for (const page of ['care', 'family'] as const) {
      for (const kind of [...KINDS, 'of_tomorrow', '']) {
        for (const language of ['zh-CN', 'en']) {
          const words = wordsFor(page, kind, language)
          expect(words.title.length * words.body.length, kind).toBeGreaterThan(0)
          expect(/[\u4e00-\u9fff]/.test(words.title), `${kind} in ${language}`).toBe(language === 'zh-CN')
          expect(words.title + words.body, kind).not.toMatch(/fall|smoke|gas\b|跌倒|烟|燃气|病/i)
        }
      }
    }
  })
  it('of a call-off is another than of the offer whose place it takes', () => {
    const [offer, off] = [wordsFor('care', 'offer', 'en'), wordsFor('care', 'stand_down', 'en')]
    expect(off.title).not.toBe(offer.title)
    expect([offer.stays, off.stays]).toEqual([true, false])
  })
  it('leads to the case, and nowhere but to our own pages', () => {
    expect(pathFor('care', 'offer', ID)).toBe('/care/')
    expect(pathFor('care', 'lead', ID)).toBe(`/care/task/${ID}`)
    expect(pathFor('family', 'family_opened', ID)).toBe(`/family/?case=${ID}`)
    for (const bad of ['', '../../evil', 'https://evil.example', `${ID}/../x`]) expect(pathFor('care', 'lead', bad)).toBe('/care/')
  })
})

describe('the worker', () => {
  function worker(tabs: { url: string, visibilityState: string }[]) {
    const heard = new Map<string, (event: never) => void>()
    const shown: { title: string, options: { tag: string, silent: boolean, data: { path: string } } }[] = []
    const open = tabs.map(it => ({ ...it, focus: vi.fn(async () => {}), postMessage: vi.fn() }))
    const openWindow = vi.fn(async () => {})
    const it = {
      addEventListener: (type: string, then: (event: never) => void) => heard.set(type, then),
      registration: { showNotification: async (title: string, options: never) => { shown.push({ title, options }) }, pushManager: { subscribe: vi.fn(async () => 'new') } },
      clients: { matchAll: async () => open, openWindow }, navigator: { language: 'zh-CN' },
      caches: { open: async () => ({ match: async () => new Response(JSON.stringify({ language: 'en', key: 'k', device: 'd' })) }) },
    }
    async function tell(type: string, event: object) {
      const waits: Promise<unknown>[] = []
      heard.get(type)?.({ ...event, waitUntil: (it: Promise<unknown>) => waits.push(it) } as never)
      await Promise.all(waits)
    }
    return { it: it as unknown as PushWorker, shown, open, openWindow, tell, subscribe: it.registration.pushManager.subscribe }
  }
  const push = (data: unknown) => ({ data: { json: () => data } })

  it('shows one notification a case in the language of the page, with a sound only where nobody looks', async () => {
    for (const [visibilityState, silent] of [['hidden', false], ['visible', true]] as const) {
      const w = worker([{ url: 'https://x/care/', visibilityState }, { url: 'https://x/console', visibilityState: 'visible' }])
      isPushed(w.it, 'care', undefined)
      await w.tell('push', push({ case_id: ID, kind: 'offer' }))
      expect(w.shown.map(it => [it.title, it.options.tag, it.options.silent])).toEqual([['A call for help: can you go?', ID, silent]])
    }
  })
  it('says that there is news where it can read nothing', async () => {
    const w = worker([])
    isPushed(w.it, 'care', undefined)
    await w.tell('push', { data: { json: () => { throw new Error('cut off') } } })
    await w.tell('push', { data: null })
    expect(w.shown.map(it => it.title)).toEqual(['News from the centre', 'News from the centre'])
  })
  it('leads a tap to the page that is open, else to a new one', async () => {
    const event = () => ({ notification: { data: { path: `/care/task/${ID}` }, close: vi.fn() } })
    const none = worker([{ url: 'https://x/family/', visibilityState: 'visible' }])
    isPushed(none.it, 'care', undefined)
    await none.tell('notificationclick', event())
    expect(none.openWindow).toHaveBeenCalledWith(`/care/task/${ID}`)
    const one = worker([{ url: 'https://x/care/me', visibilityState: 'hidden' }])
    isPushed(one.it, 'care', undefined)
    await one.tell('notificationclick', event())
    expect(one.openWindow).not.toHaveBeenCalled()
    expect(one.open[0]?.postMessage).toHaveBeenCalledWith({ open: `/care/task/${ID}` })
    expect(one.open[0]?.focus).toHaveBeenCalled()
  })
  it('agrees anew with our key when the address changes, files it where it may and tells the page', async () => {
    const w = worker([{ url: 'https://x/family/', visibilityState: 'hidden' }])
    const refile = vi.fn(async () => {})
    isPushed(w.it, 'family', undefined, refile)
    await w.tell('pushsubscriptionchange', {})
    expect(w.subscribe).toHaveBeenCalledWith({ userVisibleOnly: true, applicationServerKey: 'k' })
    expect(refile).toHaveBeenCalledWith('new', 'd')
    expect(w.open[0]?.postMessage).toHaveBeenCalledWith({ push: 'changed' })
  })
})

describe('a browser’s consent', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    localStorage.clear()
  })
  function browser(permission: NotificationPermission, answer: NotificationPermission = permission) {
    const subscription = { toJSON: () => ({ endpoint: 'https://push.example/x', keys: { p256dh: 'p', auth: 'a' } }), unsubscribe: vi.fn(async () => true) }
    const subscribe = vi.fn(async () => subscription)
    const registration = { active: {}, pushManager: { subscribe, getSubscription: async () => subscription } }
    const asked = vi.fn(async () => { Object.assign(Notification, { permission: answer }); return answer })
    vi.stubGlobal('Notification', { permission, requestPermission: asked })
    vi.stubGlobal('PushManager', class {})
    vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (Linux; Android 14) Chrome/130', language: 'zh-CN', maxTouchPoints: 5, serviceWorker: { register: async () => registration, getRegistration: async () => registration } })
    return { subscribe, subscription, asked }
  }
  function face(over: Partial<PushFace> = {}) {
    const it = { key: vi.fn(over.key ?? (async () => 'BA')), add: vi.fn(over.add ?? (async () => 'push_1')), end: vi.fn(over.end ?? (async () => {})) }
    const states: PushState[] = []
    return { it, states, consent: new Consent('care', it, () => 'en', state => states.push(state)), now: () => states.at(-1) }
  }

  it('asks nobody on looking, files on a tap, files anew at the next start and takes it back on leaving', async () => {
    const b = browser('default', 'granted')
    const f = face()
    await f.consent.look()
    expect([f.now(), b.asked.mock.calls.length, b.subscribe.mock.calls.length]).toEqual(['off', 0, 0])
    await f.consent.agree()
    expect([f.now(), f.it.add.mock.calls.length]).toEqual(['on', 1])
    expect(f.it.add).toHaveBeenCalledWith({ device: 'Android · Chrome', endpoint: 'https://push.example/x', keys: { p256dh: 'p', auth: 'a' } })
    const next = face()
    await next.consent.look()
    expect([next.now(), next.it.add.mock.calls.length, b.asked.mock.calls.length]).toEqual(['on', 1, 1])
    await next.consent.leave()
    expect(next.it.end).toHaveBeenCalledWith('push_1')
    expect([next.now(), b.subscription.unsubscribe.mock.calls.length]).toEqual(['off', 1])
    const after = face()
    await after.consent.look()
    expect(after.now()).toBe('off')
  })
  it('says a refusal, a browser that cannot, an iPhone before its home screen, and a push service that is not used', async () => {
    browser('default', 'denied')
    const refused = face()
    await refused.consent.look()
    await refused.consent.agree()
    expect(refused.now()).toBe('refused')
    browser('granted')
    const foreign = face({ add: async () => { throw new Problem('invalid_value', 422, '') } })
    await foreign.consent.look()
    await foreign.consent.agree()
    expect(foreign.now()).toBe('foreign')
    for (const [userAgent, state] of [['Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)', 'install'], ['Mozilla/5.0 (Linux; Android 9) MicroMessenger/8.0', 'missing']] as const) {
      vi.stubGlobal('navigator', { userAgent, maxTouchPoints: 5 })
      const none = face()
      await none.consent.look()
      expect(none.now()).toBe(state)
    }
  })
  it('shows no switch where nobody is pushed to, nor while nobody knows', async () => {
    browser('granted')
    for (const status of [404, 0, 503]) {
      const f = face({ key: async () => { throw new Problem('no_push', status, '') } })
      await f.consent.look()
      expect(f.now(), String(status)).toBe('unset')
    }
  })
})

describe('small things', () => {
  it('an address of 65 bytes is read, padding or not', () => {
    expect([...bytesOf('BAECAw')]).toEqual([4, 1, 2, 3])
    expect([...bytesOf('-_8')]).toEqual([251, 255])
  })
  it('a device is named by what it is, and an iPad that says it is a Mac is known by its touch', () => {
    expect(deviceName('Mozilla/5.0 (Linux; Android 9) MicroMessenger/8.0 Chrome/78')).toBe('Android · WeChat')
    expect(deviceName('Mozilla/5.0 (Windows NT 10.0) Chrome/130 Edg/130')).toBe('Windows · Edge')
    expect(deviceName('')).toBe('Web')
    expect([isApple('Macintosh', 5), isApple('Macintosh', 0), isApple('iPhone', 0), isApple('Android', 5)]).toEqual([true, false, true, false])
  })
})
