import { describe, expect, it } from 'vitest'
import { arrange, byNeed, isUnowned, matches } from '@/console/queue'
import { aCase, aLead, at, NOW } from './kit'

const map = (...cases: ReturnType<typeof aCase>[]) => new Map(cases.map(it => [it.id, it]))

describe('the order of the queue', () => {
  it('is severity, then the least time to the door, overdue on top of its severity', () => {
    const cases = [
      aCase('1', { severity: 'routine', door_by: at(-100) }), aCase('2', { severity: 'critical', door_by: at(600) }), aCase('3', { severity: 'critical', door_by: at(-30) }),
      aCase('4', { severity: 'urgent', door_by: at(100) }), aCase('5', { severity: 'technical', door_by: null, next_due_at: at(5) }), aCase('6', { severity: 'critical', door_by: at(60) }),
    ]
    expect(cases.sort(byNeed).map(it => it.id)).toEqual(['3', '6', '2', '4', '1', '5'])
  })

  it('puts a late call that waits for its turn behind those of now, and before whatever is less grave', () => {
    const cases = [aCase('1', { late: true, turn_at: at(40), door_by: at(-100) }), aCase('2', { door_by: at(600) }), aCase('3', { severity: 'urgent' }), aCase('4', { late: true, door_by: at(500) })]
    expect(cases.sort(byNeed).map(it => it.id)).toEqual(['4', '2', '1', '3'])
  })

  it('puts practice after all that is real, however grave it is played', () => {
    const cases = [aCase('1', { drill: true }), aCase('2', { severity: 'technical' }), aCase('3', { drill: true, severity: 'urgent' }), aCase('4')]
    expect(cases.sort(byNeed).map(it => it.id)).toEqual(['4', '2', '1', '3'])
  })

  it('puts what is over last, whatever it was', () => {
    const cases = [aCase('1', { state: 'closed' }), aCase('2', { severity: 'routine' }), aCase('3', { state: 'resolved' })]
    expect(cases.sort(byNeed).map(it => it.id)).toEqual(['2', '3', '1'])
  })

  it('counts to what is due next once somebody is at the door', () => {
    const there = aCase('1', { state: 'on_scene', door_by: at(-100), next_due_at: at(500), assignments: [aLead('r', 'arrived')] })
    expect([there, aCase('2', { door_by: at(400) })].sort(byNeed).map(it => it.id)).toEqual(['2', '1'])
  })
})

describe('a held list', () => {
  const before = ['1', '2']
  it('keeps every row where it is; who is new waits', () => {
    const cases = map(aCase('1', { severity: 'routine' }), aCase('2', { severity: 'routine' }), aCase('3', { severity: 'critical' }))
    expect(arrange(before, cases, true, NOW)).toEqual({ order: ['1', '2'], fresh: ['3'], pinned: [] })
    expect(arrange(before, cases, false, NOW).order[0]).toBe('3')
  })

  it('keeps rows that got worse where they are, and the place of who is gone', () => {
    const cases = map(aCase('2', { severity: 'critical', door_by: at(-5) }))
    expect(arrange(before, cases, true, NOW).order).toEqual(['1', '2'])
    expect(arrange(before, cases, false, NOW).order).toEqual(['2'])
  })

  it('pins a critical case that nobody leads after 30 seconds, and only such', () => {
    const cases = map(
      aCase('1'), aCase('2'), aCase('3', { opened_at: at(-30) }), aCase('4', { opened_at: at(-29) }), aCase('5', { opened_at: at(-60), assignments: [aLead()] }), aCase('6', { opened_at: at(-60), severity: 'urgent' }),
    )
    const it = arrange(before, cases, true, NOW)
    expect(it.pinned).toEqual(['3'])
    expect(it.fresh.sort()).toEqual(['3', '4', '5', '6'])
  })
})

describe('words about a case', () => {
  it('nobody leads: help, running, no lead and no provisional one', () => {
    expect(isUnowned(aCase('1'))).toBe(true)
    expect(isUnowned(aCase('1', { lane: 'technical' }))).toBe(false)
    expect(isUnowned(aCase('1', { assignments: [aLead()] }))).toBe(false)
    expect(isUnowned(aCase('1', { assignments: [{ ...aLead(), place: 'stood_down' }] }))).toBe(true)
    expect(isUnowned(aCase('1', { state: 'resolved' }))).toBe(false)
  })

  it('is found by number, name and address', () => {
    const it_ = aCase('7', { elder: { id: 'elder_1', name: '李桂兰', address: '杨村街道光明道', needs: [], contact_mode: 'voice', hearing: 'good', lift_helpers: 1 } })
    for (const text of ['0007', '桂兰', '光明', ' ']) expect(matches(it_, text), text).toBe(true)
    expect(matches(it_, '王')).toBe(false)
  })

  it('sorts 500 cases in a few milliseconds', () => {
    const cases = map(...Array.from({ length: 500 }, (_, n) => aCase(String(n), { severity: n % 3 ? 'critical' : 'routine', door_by: at((n * 37) % 900) })))
    const start = performance.now()
    expect(arrange([], cases, false, NOW).order).toHaveLength(500)
    expect(performance.now() - start).toBeLessThan(100)
  })
})
