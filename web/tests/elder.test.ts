import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { keptPairing, readPairing, takePairing } from '@/elder/pairing'
import { type Press, Presses, type Sending } from '@/elder/presses'
import { NOW } from './kit'

const ID = `device_${'0'.repeat(31)}7`
const KEY = 'abcdefghijklmnopqrstuvwxyz_-0123456789ABCDE'

function aStore() {
  const kept = new Map<string, string>()
  return { kept, getItem: (it: string) => kept.get(it) ?? null, setItem: (it: string, value: string) => { kept.set(it, value) }, removeItem: (it: string) => { kept.delete(it) } }
}

describe('pairing', () => {
  it('reads a card and refuses half of one', () => {
    expect(readPairing(` ${ID}:${KEY} `)).toEqual({ device: ID, key: KEY })
    for (const text of ['', ID, `${ID}:short`, `user_1:${KEY}`, KEY]) expect(readPairing(text), text).toBeUndefined()
  })
  it('is taken out of the address and kept', () => {
    const store = aStore()
    const left: unknown[] = []
    takePairing({ hash: `#${ID}:${KEY}`, pathname: '/elder' }, { replaceState: (...it: unknown[]) => { left.push(it[2]) } }, store)
    expect(left).toEqual(['/elder'])
    expect(keptPairing(store)).toEqual({ device: ID, key: KEY })
    store.setItem('ecd.elder.device', 'nonsense')
    expect(keptPairing(store)).toBeUndefined()
  })
})

describe('presses', () => {
  beforeEach(() => { vi.useFakeTimers({ now: NOW }) })
  afterEach(() => { vi.useRealTimers() })
  const taken: Sending = it => Promise.resolve({ alert: `alert_${it.ref}`, case: 'case_1' })

  it('are kept until the service has them, under the same reference, also over a restart of the screen', async () => {
    const store = aStore()
    const sent: Press[] = []
    const cut: Sending = it => { sent.push(it); return Promise.reject(new Error('cut')) }
    const first = new Presses(store, cut, () => {}, () => 0)
    first.press('sos')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(sent.length).toBeGreaterThan(1)
    expect(new Set(sent.map(it => it.ref)).size).toBe(1)
    const again: Press[] = []
    const second = new Presses(store, it => { again.push(it); return taken(it) }, () => {}, () => 0)
    expect(second.waiting.length).toBe(1)
    second.hurry()
    await vi.advanceTimersByTimeAsync(10)
    expect(again.map(it => it.ref)).toEqual([sent[0]?.ref])
    expect(second.waiting).toEqual([])
    expect(second.sent.sos?.case).toBe('case_1')
    expect(new Presses(store, taken, () => {}, () => 0).waiting).toEqual([])
  })

  it('of shaking hands are one; a press much later is another', async () => {
    const sent: string[] = []
    const it = new Presses(aStore(), one => { sent.push(one.ref); return taken(one) }, () => {}, () => 0)
    it.press('sos')
    it.press('sos')
    await vi.advanceTimersByTimeAsync(3_000)
    it.press('sos')
    await vi.advanceTimersByTimeAsync(30_000)
    it.press('sos')
    await vi.advanceTimersByTimeAsync(10)
    expect(sent.length).toBe(2)
  })

  it('go in order and each once, and stay when the key is not known', async () => {
    const sent: string[] = []
    let answer: 'gone' | 'taken' = 'gone'
    const it = new Presses(aStore(), one => { sent.push(one.kind); return answer === 'gone' ? Promise.resolve('gone' as const) : taken(one) }, () => {}, () => 0)
    it.press('sos')
    it.press('service_request')
    await vi.advanceTimersByTimeAsync(10)
    expect(it.waiting.length).toBe(2)
    answer = 'taken'
    sent.length = 0
    it.hurry()
    await vi.advanceTimersByTimeAsync(10)
    expect(sent).toEqual(['sos', 'service_request'])
    expect(it.waiting).toEqual([])
  })

  it('are swallowed by no clock: one that goes back makes a new press', async () => {
    const store = aStore()
    const sent: Press[] = []
    const before = new Presses(store, one => { sent.push({ ...one }); return taken(one) }, () => {}, () => 0)
    before.press('sos')
    await vi.advanceTimersByTimeAsync(10)
    // The battery was empty; the tablet starts in another year, and has no network.
    vi.setSystemTime(0)
    const after = new Presses(store, one => { sent.push({ ...one }); return Promise.reject(new Error('cut')) }, () => {}, () => undefined)
    after.press('sos')
    await vi.advanceTimersByTimeAsync(10)
    expect(sent.length).toBe(2)
    expect(after.waiting.length).toBe(1)
  })

  it('say when they were by the clock of the service, and nothing where that cannot be known', async () => {
    const HOUR = 3_600_000
    const sent: Press[] = []
    const failing: Sending = one => { sent.push({ ...one }); return Promise.reject(new Error('cut')) }
    // An hour slow, and the service has said so.
    const slow = new Presses(aStore(), failing, () => {}, () => HOUR)
    slow.press('sos')
    await vi.advanceTimersByTimeAsync(5_000)
    const at = new Date(NOW + HOUR).toISOString()
    // The same at every try: another time would be another alert.
    expect(new Set(sent.map(it => it.then))).toEqual(new Set([at]))
    // Never heard of the service: one of now, however late it gets through.
    const late: Press[] = []
    const cut = new Presses(aStore(), one => { late.push({ ...one }); return Promise.reject(new Error('cut')) }, () => {}, () => undefined)
    cut.press('sos')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(new Set(late.map(it => it.then))).toEqual(new Set(['']))
  })

  it('of the green key hold up no red one', async () => {
    const sent: string[] = []
    const it = new Presses(aStore(), one => { sent.push(one.kind); return one.kind === 'service_request' ? new Promise(() => {}) : taken(one) }, () => {}, () => 0)
    it.press('service_request')
    it.press('sos')
    await vi.advanceTimersByTimeAsync(10)
    expect(sent).toEqual(['service_request', 'sos'])
    expect(it.sent.sos?.case).toBe('case_1')
  })

  it('that were sent are known after a restart of the screen, so that they can be taken back', async () => {
    const store = aStore()
    const it = new Presses(store, taken, () => {}, () => 0)
    it.press('sos')
    await vi.advanceTimersByTimeAsync(10)
    expect(new Presses(store, taken, () => {}, () => 0).sent.sos).toMatchObject({ case: 'case_1', alert: `alert_${it.sent.sos?.ref}` })
    for (const wrong of ['nonsense', 'null', '[]']) {
      store.setItem('ecd.elder.sent', wrong)
      expect(new Presses(store, taken, () => {}, () => 0).sent).toEqual({})
    }
  })

  it('taken back before they are sent are not sent, and what may have arrived can be found by its reference', async () => {
    const store = aStore()
    const sent: string[] = []
    let up = false
    const it = new Presses(store, one => { sent.push(one.ref); return up ? taken(one) : Promise.reject(new Error('cut')) }, () => {}, () => 0)
    it.press('sos')
    it.press('service_request')
    await vi.advanceTimersByTimeAsync(10)
    const [ref] = sent
    it.takeBack('sos')
    expect(new Presses(store, taken, () => {}, () => 0).waiting.map(one => one.kind)).toEqual(['service_request'])
    up = true
    sent.length = 0
    it.hurry()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sent).not.toContain(ref)
    expect(await it.taken('sos')).toMatchObject({ ref, case: 'case_1', alert: `alert_${ref}` })
    // The next press is one of its own, however soon.
    it.told('sos')
    it.press('sos')
    await vi.advanceTimersByTimeAsync(10)
    expect(it.sent.sos?.ref).not.toBe(ref)
  })

  it('taken back while it is on its way: it is marked, so that the service hears of it', async () => {
    let answer: (it: { alert: string, case: string }) => void = () => {}
    const it = new Presses(aStore(), () => new Promise(done => { answer = done }), () => {}, () => 0)
    it.press('sos')
    it.takeBack('sos')
    answer({ alert: 'alert_1', case: 'case_1' })
    await vi.advanceTimersByTimeAsync(10)
    expect([it.waiting, it.sent.sos?.back, it.sent.sos?.case]).toEqual([[], 'wanted', 'case_1'])
  })
})
