import { describe, expect, it } from 'vitest'
import { byCall, byWant, isOld } from '@/console/district'
import type { Handup, Street } from '@/console/useDistrict'

const street = (label: string, more: Partial<Street> = {}): Street => ({
  id: label, label, areas: [], link: 'up', critical: 0, urgent: 0, routine: 0, technical: 0, unanswered: 0, late: 0, rings: false, ...more,
})
const handup = (id: string, received_at: string, more: Partial<Handup> = {}): Handup => ({
  id, street: 's', case_id: 'c', case_number: '20260225-120114001-0001', kind: 'sos', severity: 'critical', asked_at: received_at, received_at, standing: 'waiting', rings: true, answers: [], ...more,
})

describe('the order of the board', () => {
  it('puts first what rings, then what nobody has answered, then who is cut off', () => {
    const all = [
      street('calm'), street('grave', { critical: 3 }), street('cut', { link: 'cut_off' }), street('two', { unanswered: 2, critical: 2 }), street('one', { unanswered: 1, critical: 9 }), street('rings', { rings: true, unanswered: 2 }),
    ]
    expect(all.sort(byWant).map(it => it.label)).toEqual(['rings', 'two', 'one', 'cut', 'grave', 'calm'])
  })
  it('takes no silent street for a current one', () => {
    expect(['up', 'beginning', 'cut_off', 'never', 'revoked'].filter(link => !isOld(street('x', { link })))).toEqual(['up'])
  })
  it('puts first what nobody has answered, then what waits, then the newest', () => {
    const all = [
      handup('old', '2026-02-25T06:00:00Z', { rings: false, standing: 'over' }), handup('new', '2026-02-25T08:00:00Z', { rings: false, standing: 'acknowledged' }),
      handup('waits', '2026-02-25T05:00:00Z', { rings: false }), handup('first', '2026-02-25T04:00:00Z'), handup('second', '2026-02-25T07:00:00Z'),
    ]
    expect(all.sort(byCall).map(it => it.id)).toEqual(['second', 'first', 'waits', 'new', 'old'])
  })
})
