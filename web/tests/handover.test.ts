import { describe, expect, it } from 'vitest'
import { type Handover, isOfDesk, sections, type Sheet, signatureOf, unsigned } from '@/console/handover'
import { aCase, at } from './kit'

const who = (id: string) => ({ user_id: id, username: id })
const signed = (id: string, by: string, version = 1) => ({ case_id: id, number: id, by: who(by), at: at(0), version })
function sheet(items: string[], signatures: Handover['signatures']): Sheet {
  const handover: Handover = { id: 'handover_1', state: 'open', scope: ['120114001'], from: who('out'), begun_at: at(-60), open_then: 1, critical_then: 1, notes: 0, signatures, version: 1 }
  return { handover, open: items.length, items: items.map(id => ({ case_id: id, number: id, kind: 'sos', severity: 'critical', lane: 'help', state: 'ringing', joined: false, version: 1 })) }
}

describe('what a shift leaves to the next', () => {
  it('stands in one place each, what must be signed first; a promise inside a critical case is named beside it', () => {
    const waiting = { id: 'ref_1', to: '120', at: at(-30) }
    const found = sections([
      aCase('1', { opened_at: at(-5) }),
      aCase('2', { opened_at: at(-50), referrals: [waiting, { id: 'ref_2', to: '110', at: at(-40), acknowledged_at: at(-20) }, { id: 'ref_3', to: '119', at: at(-40), waived_at: at(-10) }] }),
      aCase('3', { severity: 'urgent', kind: 'inactivity' }),
      aCase('4', { severity: 'technical', lane: 'technical', kind: 'low_battery' }),
      aCase('5', { severity: 'routine', lane: 'service', kind: 'follow_up', next_due_at: at(600) }),
      aCase('6', { severity: 'routine', lane: 'service', kind: 'welfare_review', next_due_at: at(60) }),
      aCase('7', { state: 'closed' }),
      aCase('8', { area_code: '120114002001001' }),
      aCase('9', { area_code: '000000000', severity: 'technical', lane: 'technical', kind: 'unknown' }),
    ], ['120114001'])
    const ids = (all: { id: string }[]) => all.map(c => c.id)
    expect(ids(found.critical)).toEqual(['2', '1'])
    expect(ids(found.others)).toEqual(['3'])
    expect(ids(found.technical).sort()).toEqual(['4', '9'])
    expect(found.promised.map(p => [p.view.id, p.what])).toEqual([['2', 'referral'], ['6', 'review'], ['5', 'followUp']])
  })
  it('is of the desk whose areas hold it; what belongs to no street is of every desk', () => {
    expect(isOfDesk(aCase('1'), ['120114001901'])).toBe(true)
    expect(isOfDesk(aCase('1'), ['120114002'])).toBe(false)
    expect(isOfDesk(aCase('1', { area_code: '000000000' }), ['120114002'])).toBe(true)
  })
  it('is signed by each for themselves, the newest signature counts', () => {
    const it = sheet(['a', 'b'], [signed('a', 'third'), signed('b', 'in', 1), signed('b', 'in', 4)])
    expect(unsigned(it, 'in').map(i => i.case_id)).toEqual(['a'])
    expect(unsigned(it, 'third').map(i => i.case_id)).toEqual(['b'])
    expect(signatureOf(it.handover, 'b', 'in')?.version).toBe(4)
  })
})
