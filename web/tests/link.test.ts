import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Frame, Link, type LinkState } from '@/shared/live/link'
import { aCase, NOW } from './kit'

class Socket {
  static all: Socket[] = []
  sent: string[] = []
  closed = false
  onopen?: () => void
  onmessage?: (event: { data: string }) => void
  onclose?: (event: { code: number }) => void
  constructor(readonly url: string) { Socket.all.push(this) }
  send(text: string) { this.sent.push(text) }
  close() { this.closed = true }
  hears(frame: Frame) { this.onmessage?.({ data: JSON.stringify(frame) }) }
  get hello() { return JSON.parse(this.sent[0] ?? '{}') }
}
const newest = () => Socket.all.at(-1) as Socket

const you = { user: 'user_1', role: 'dispatcher' }
const welcome = (): Frame => ({ type: 'welcome', now: new Date(Date.now() + 3_600_000).toISOString(), you, epoch: 'e1', ping_every_s: 2 })
const ping = (cursor: string): Frame => ({ type: 'ping', cursor, now: new Date(Date.now()).toISOString() })
const snapshot = (cursor: string): Frame => ({ type: 'snapshot', cursor, cases: [] })

let states: LinkState[]
let frames: Frame[]
let offset: number | undefined
let refreshed: boolean
let link: Link
beforeEach(() => {
  vi.useFakeTimers({ now: NOW })
  Socket.all = []
  states = []
  frames = []
  offset = undefined
  refreshed = true
  link = new Link({
    url: 'ws://here/api/v1/live', token: () => 'token', refresh: async () => refreshed, frame: it => frames.push(it), state: it => states.push(it), heard: it => { if (it !== undefined) offset = it },
    socket: url => new Socket(url) as unknown as WebSocket, random: () => 1,
  })
})
afterEach(() => {
  link.close()
  vi.useRealTimers()
})
function goLive(cursor = 'c1') {
  link.open()
  newest().onopen?.()
  newest().hears(welcome())
  newest().hears(snapshot(cursor))
}

describe('the live link', () => {
  it('says who it is in its first frame and nowhere else, and takes the clock of the service', () => {
    goLive()
    expect(newest().url).not.toContain('token')
    expect(newest().hello).toEqual({ type: 'hello', token: 'token', cursor: null })
    expect(offset).toBe(3_600_000)
    expect(states).toEqual(['connecting', 'live'])
  })

  it('is cut after five seconds of silence although no close event comes, and not before', () => {
    goLive()
    vi.advanceTimersByTime(4_400)
    expect(states.at(-1)).toBe('live')
    vi.advanceTimersByTime(600)
    expect(states.at(-1)).toBe('cut')
    expect(newest().closed).toBe(true)
  })

  it('stays live while pings come', () => {
    goLive()
    for (let n = 0; n < 10; n += 1) {
      vi.advanceTimersByTime(2_000)
      newest().hears(ping(`c${n}`))
    }
    expect(states).toEqual(['connecting', 'live'])
  })

  it('waits longer where the service speaks every fifteen seconds, as to a phone', () => {
    link.open()
    newest().onopen?.()
    newest().hears({ ...welcome(), ping_every_s: 15 } as Frame)
    newest().hears(snapshot('c1'))
    vi.advanceTimersByTime(24_000)
    expect(states.at(-1)).toBe('live')
    vi.advanceTimersByTime(1_000)
    expect(states.at(-1)).toBe('cut')
  })

  it('does not wait at all when the machine says that its network is gone', () => {
    goLive()
    link.lost()
    expect(states.at(-1)).toBe('cut')
  })

  it('comes back with the newest cursor', () => {
    goLive('c1')
    newest().hears({ type: 'changed', cursor: 'c2', case: aCase('1') })
    newest().onclose?.({ code: 1006 })
    vi.advanceTimersByTime(500)
    newest().onopen?.()
    expect(newest().hello.cursor).toBe('c2')
    expect(Socket.all).toHaveLength(2)
  })

  it('tries again after 0.5, 1, 2, 4, 8 and 8 seconds', async () => {
    goLive()
    for (const pause of [500, 1_000, 2_000, 4_000, 8_000, 8_000]) {
      const before = Socket.all.length
      newest().onclose?.({ code: 1006 })
      await vi.advanceTimersByTimeAsync(pause - 10)
      expect(Socket.all.length, `${pause}`).toBe(before)
      await vi.advanceTimersByTimeAsync(20)
      expect(Socket.all.length, `${pause}`).toBe(before + 1)
    }
  })

  it('does not hear a socket that it has left', () => {
    goLive()
    const old = newest()
    vi.advanceTimersByTime(5_000)
    old.hears({ type: 'changed', cursor: 'c9', case: aCase('1') })
    expect(frames.filter(it => it.type === 'changed')).toHaveLength(0)
    expect(states.at(-1)).toBe('cut')
  })

  it('renews its token when the service says so, and ends when it may not', async () => {
    goLive()
    newest().onclose?.({ code: 4401 })
    await vi.advanceTimersByTimeAsync(600)
    expect(Socket.all).toHaveLength(2)
  })

  it('is not cut off when the service wants to be greeted anew, unless it does not come back', async () => {
    goLive()
    newest().onclose?.({ code: 4403 })
    await vi.advanceTimersByTimeAsync(600)
    expect([Socket.all.length, states.at(-1)]).toEqual([2, 'connecting'])
    await vi.advanceTimersByTimeAsync(5_500)
    expect(states.at(-1)).toBe('cut')
  })

  it('asks for a snapshot after a hello that was not understood', () => {
    goLive('c5')
    newest().onclose?.({ code: 4400 })
    vi.advanceTimersByTime(500)
    newest().onopen?.()
    expect(newest().hello.cursor).toBeNull()
  })

  it('gives a socket up that never gets to its welcome', () => {
    link.open()
    newest().onopen?.()
    vi.advanceTimersByTime(5_500)
    expect(states.at(-1)).toBe('cut')
    vi.advanceTimersByTime(4_000)
    expect(Socket.all.length).toBeGreaterThan(1)
  })

  it('says which case is open: at once, again in time, and after a new welcome; a service that does not ask is not told', () => {
    const told = () => newest().sent.slice(1).map(it => JSON.parse(it))
    link.show('case_1')
    link.open()
    newest().onopen?.()
    newest().hears({ ...welcome(), looking_every_s: 15 } as Frame)
    newest().hears(snapshot('c1'))
    expect(told()).toEqual([{ type: 'looking', case: 'case_1' }])
    link.show('case_2')
    link.show('case_2')
    expect(told().map(it => it.case)).toEqual(['case_1', 'case_2'])
    for (let n = 0; n < 10; n += 1) {
      vi.advanceTimersByTime(1_600)
      newest().hears(ping('c2'))
    }
    expect(told().map(it => it.case)).toEqual(['case_1', 'case_2', 'case_2'])
    link.show(null)
    expect(told().at(-1)).toEqual({ type: 'looking', case: null })
    link.show('case_3')
    newest().onclose?.({ code: 1006 })
    vi.advanceTimersByTime(600)
    newest().onopen?.()
    newest().hears(welcome())
    newest().hears(snapshot('c3'))
    expect(told()).toEqual([])
  })
})
