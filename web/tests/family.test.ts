import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Coming, FamilyCase, Line, News } from '@/family/ask'
import { takeToken } from '@/shared/api/linkToken'
import { Hold } from '@/family/hold'
import { Follow, type LinkState, SILENCE_MS } from '@/family/news'
import { comingKey, lineKey, minutes, minutesToDoor, otherMonth, tone } from '@/family/plain'
import { Problem } from '@/shared/api/problem'
import { at, NOW } from './kit'

function coming(more: Partial<Coming> = {}): Coming {
  return { role: 'grid_worker', family_name: '王', you: false, lead: true, stage: 'en_route', eta_at: at(230), ...more }
}
function aCase(more: Partial<FamilyCase> = {}): FamilyCase {
  return { id: 'case_1', kind: 'sos', state: 'ringing', opened_at: at(-60), contact: false, no_entry: false, coming: [], lines: [], said: [], ...more }
}

describe('the link', () => {
  it('gives its token once and leaves none in the address', () => {
    const token = 'a'.repeat(43)
    const replaced: unknown[] = []
    const history = { replaceState: (...it: unknown[]) => { replaced.push(it[2]) } }
    expect(takeToken({ hash: `#${token}`, pathname: '/family' }, history)).toBe(token)
    expect(replaced).toEqual(['/family'])
    expect(takeToken({ hash: '#something', pathname: '/family' }, history)).toBe('')
    expect(takeToken({ hash: '', pathname: '/family' }, history)).toBe('')
    expect(replaced.length).toBe(2)
  })
})

describe('plain words', () => {
  it('count whole minutes, never under one, and none that are not known', () => {
    expect(minutes(coming(), NOW)).toBe(4)
    expect(minutes(coming({ eta_at: at(-20) }), NOW)).toBe(1)
    expect(minutes(coming({ eta_at: at(-90) }), NOW)).toBeUndefined()
    expect(minutes(coming({ eta_at: null }), NOW)).toBeUndefined()
    expect(minutes(coming({ stage: 'arrived' }), NOW)).toBeUndefined()
  })
  it('say who is where', () => {
    const of = (it: Partial<Coming>, more: Partial<FamilyCase> = {}) => comingKey(aCase({ coming: [coming(it)], ...more }), NOW)
    expect(comingKey(aCase(), NOW)).toBe('nobody')
    expect(of({})).toBe('minutes')
    expect(of({ eta_at: null })).toBe('soon')
    expect(of({ stage: 'arrived' })).toBe('arrived')
    expect(of({ stage: 'arrived' }, { no_entry: true })).toBe('noEntry')
    expect(of({ stage: 'inside' })).toBe('inside')
    expect(of({}, { state: 'closed' })).toBe('over')
  })
  it('have a tone that follows', () => {
    expect(tone(aCase())).toBe('alarm')
    expect(tone(aCase({ coming: [coming()] }))).toBe('coming')
    expect(tone(aCase({ coming: [coming({ stage: 'inside' })] }))).toBe('there')
    expect(tone(aCase({ state: 'closed', outcome: 'fine_by_voice' }))).toBe('well')
    expect(tone(aCase({ state: 'closed', outcome: 'helped' }))).toBe('over')
  })
  it('find a sentence for each line', () => {
    const line = (it: Partial<Line>): Line => ({ at: at(0), what: 'opened', ...it })
    expect([line({}), line({ what: 'voice', voice: 'fine' }), line({ what: 'over', outcome: 'helped' }), line({ what: 'you_said', said: 'going' }), line({ what: 'you_said', said: 'urge' }), line({ what: 'urged' })].map(lineKey)).toEqual(['opened', 'voice_fine', 'over_helped', 'said_going', 'said_urge', 'urged'])
  })
  it('reckon the way to the door and the months around', () => {
    expect(minutesToDoor(aCase({ lines: [{ at: at(0), what: 'opened' }, { at: at(420), what: 'at_door' }] }))).toBe(8)
    expect(minutesToDoor(aCase())).toBeUndefined()
    expect([otherMonth('2026-12', 1), otherMonth('2026-01', -1), otherMonth('2026-03', 1)]).toEqual(['2027-01', '2025-12', '2026-04'])
  })
})

describe('following', () => {
  beforeEach(() => { vi.useFakeTimers({ now: NOW }) })
  afterEach(() => { vi.useRealTimers() })

  function follow(answer: (path: string, nth: number) => Promise<News>) {
    const asked: string[] = []
    const states: LinkState[] = []
    const told: (boolean | number)[] = []
    const it = new Follow({
      ask: path => { asked.push(path); return answer(path, asked.length) },
      told: (now, ahead) => told.push(!!now, ahead),
      state: state => states.push(state),
    })
    it.start()
    return { it, asked, states, told }
  }
  const never = () => new Promise<News>(() => {})
  const news = (tag: string, view = true): News => ({ now: at(3600), tag, ...(view ? { view: { frozen: false, cases: [] } } : {}) })

  it('asks at once, then waits for what is new, by the service\'s clock', async () => {
    const { it: link, asked, states, told } = follow((_, n) => (n === 1 ? Promise.resolve(news('t1')) : never()))
    await vi.advanceTimersByTimeAsync(10)
    expect(asked).toEqual(['view?wait=0', 'view?wait=4&tag=t1'])
    expect(states).toEqual(['live'])
    expect(told).toEqual([true, 3_600_000])
    link.stop()
  })

  it('says that it is old after silence, and is live again with the next answer', async () => {
    const { it: link, states } = follow((_, n) => (n === 1 || n === 3 ? Promise.resolve(news('t')) : never()))
    await vi.advanceTimersByTimeAsync(SILENCE_MS + 600)
    expect(states).toEqual(['live', 'stale'])
    link.hurry()
    await vi.advanceTimersByTimeAsync(10)
    expect(states).toEqual(['live', 'stale', 'live'])
    link.stop()
  })

  it('tries again when nobody answers, slower each time, and without holding the answer back', async () => {
    const { it: link, asked, states } = follow((_, n) => (n === 1 ? Promise.resolve(news('t')) : Promise.reject(Problem.unreachable())))
    await vi.advanceTimersByTimeAsync(10)
    expect(states).toEqual(['live', 'stale'])
    await vi.advanceTimersByTimeAsync(500)
    expect(asked.length).toBe(3)
    expect(asked[2]).toBe('view?wait=0&tag=t')
    await vi.advanceTimersByTimeAsync(900)
    expect(asked.length).toBe(3)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(asked.length).toBeLessThan(14)
    link.stop()
  })

  it('ends for good when the device was shut out', async () => {
    const { asked, states } = follow(() => Promise.reject(new Problem('session_ended', 401, '')))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(states).toEqual(['ended'])
    expect(asked.length).toBe(1)
  })

  it('does not listen to an older question that is answered late', async () => {
    let late: (it: News) => void = () => {}
    const { it: link, told } = follow((_, n) => (n === 2 ? new Promise<News>(done => { late = done }) : n === 1 ? Promise.resolve(news('new', true)) : never()))
    await vi.advanceTimersByTimeAsync(10)
    link.hurry()
    await vi.advanceTimersByTimeAsync(10)
    late(news('old'))
    await vi.advanceTimersByTimeAsync(10)
    expect(told.filter(it => it === true).length).toBe(1)
    link.stop()
  })
})

describe('what comes while somebody presses', () => {
  beforeEach(() => { vi.useFakeTimers() })
  afterEach(() => { vi.useRealTimers() })
  function held() {
    const shown: number[] = []
    return { shown, hold: new Hold<number>(it => shown.push(it)) }
  }

  it('is shown when the finger is up and a moment has gone, and only the last of it', () => {
    const { shown, hold } = held()
    hold.put(1)
    hold.down()
    hold.put(2)
    hold.put(3)
    vi.advanceTimersByTime(1_000)
    expect(shown).toEqual([1])
    hold.up()
    vi.advanceTimersByTime(599)
    expect(shown).toEqual([1])
    vi.advanceTimersByTime(1)
    expect(shown).toEqual([1, 3])
    hold.put(4)
    expect(shown).toEqual([1, 3, 4])
  })
  it('is held back for five seconds at most, and a second touch begins anew', () => {
    const { shown, hold } = held()
    hold.down()
    hold.put(1)
    hold.up()
    vi.advanceTimersByTime(500)
    hold.down()
    vi.advanceTimersByTime(4_999)
    expect(shown).toEqual([])
    vi.advanceTimersByTime(1)
    expect(shown).toEqual([1])
    hold.up()
    hold.put(2)
    expect(shown).toEqual([1, 2])
  })
})
