import { afterEach, describe, expect, it, vi } from 'vitest'
import { byNeed, byRate, hoursWrong, monthOf, percent } from '@/admin/visits'
import { setZone } from '@/shared/time/zone'
import { element, printed } from '@/shared/ui/printing'

afterEach(() => setZone(null))

describe('the month of the rounds', () => {
  it('is that of the street, whatever the machine’s zone', () => {
    setZone(480)
    expect(monthOf(Date.parse('2026-02-28T15:59:59Z'))).toBe('2026-02')
    expect(monthOf(Date.parse('2026-02-28T16:00:00Z'))).toBe('2026-03')
    expect(monthOf(Date.parse('2026-01-10T00:00:00Z'), -1)).toBe('2025-12')
  })
  it('rounds nobody away: a rate is a hundred only when everybody was visited', () => {
    expect(percent(10_000)).toBe('100.0 %')
    expect(percent(9_999)).toBe('99.9 %')
    expect(percent(0)).toBe('0.0 %')
    expect(percent(null)).toBe('–')
  })
})

describe('the sums of the rounds', () => {
  const sum = (id: string, overdue: number, due = 0, unheld = 0) => ({ id, overdue, due, later: 0, without_rhythm: 0, unheld })
  it('have the most overdue first, then what nobody holds', () => {
    expect(byNeed([sum('a', 0, 9), sum('b', 2), sum('c', 2, 0, 1), sum('d', 0)]).map(it => it.id)).toEqual(['c', 'b', 'a', 'd'])
  })
  it('have the lowest rate first and a grid without elders last', () => {
    const grid = (area_code: string, rate_bp: number | null) => ({ area_code, rate_bp, elders: 0, visited: 0, visits: 0, on_time: 0, late: 0, missed: 0, tries: 0, by_position: 0, by_code: 0, by_photo: 0, by_phone: 0, proof_fails: 0 })
    expect(byRate([grid('a', null), grid('b', 10_000), grid('c', 0)]).map(it => it.area_code)).toEqual(['c', 'b', 'a'])
  })
})

describe('hours of a plan', () => {
  it.each([['09:00', '11:00', null], ['11:00', '09:00', 'until'], ['09:00', '09:00', 'until'], ['', '09:00', null], ['09:00', '', null]] as const)('%s to %s', (from, until, wrong) => {
    expect(hoursWrong(from, until)).toBe(wrong)
  })
})

describe('what is printed', () => {
  it('stands alone on the paper, as text, and is taken away again', async () => {
    let seen = ''
    vi.stubGlobal('print', () => { seen = `${document.documentElement.className} ${document.querySelector('.print-sheet.door')?.innerHTML}` })
    await printed([element('h1', '<b>x</b>')], 'door')
    expect(seen).toContain('printing <h1>&lt;b&gt;x&lt;/b&gt;</h1>')
    expect(document.querySelector('.print-sheet')).toBeNull()
    expect(document.documentElement.classList.contains('printing')).toBe(false)
    vi.unstubAllGlobals()
  })
})
