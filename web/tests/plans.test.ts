import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inOrder, instant, reasonOf, spans, typedNumber, unit, wrongsOf } from '@/admin/plans'
import { setZone } from '@/shared/time/zone'

describe('plans', () => {
  it('stand in the order of their time, at the same time as they stood', () => {
    const steps = [{ at_s: 60, what: 'street' }, { at_s: 0, what: 'desk' }, { at_s: 0, what: 'home' }]
    expect(inOrder(steps).map(it => it.what)).toEqual(['desk', 'home', 'street'])
    expect(steps[0]?.what).toBe('street')
  })
  it('have each mistake at its own field', () => {
    const wrong = (field: string, message: string) => ({ field, code: 'invalid_value', message })
    const all = [wrong('rules[1].steps[0].at_s', 'a'), wrong('rules[1].steps[0].at_s', 'b'), wrong('rules[10].kinds', 'c'), wrong('common.look_s', 'd')]
    expect(wrongsOf(all, 'rules[1]')).toEqual({ 'steps[0].at_s': ['a', 'b'] })
    expect(wrongsOf(all, 'common')).toEqual({ look_s: ['d'] })
    expect(wrongsOf(all, 'rules[0]')).toEqual({})
  })
  it('have a word in both languages for every mistake that the service names', () => {
    const rust = readFileSync(join(import.meta.dirname, '../../src/case/revision.rs'), 'utf8').replace(/\{(least|ASK_MAX|TIME_MAX_S|most|\})/g, '5').replaceAll('{}', '5').replaceAll('{whose}', '')
    const said = [...rust.matchAll(/"((?:must |at most |names |the service's|from_hour and|is |there |stands |nothing |a critical|the street)[^"]*)"/g)].map(it => it[1]?.replace(/5\}/g, '5') ?? '')
    expect(said.length).toBeGreaterThan(18)
    expect(said.filter(it => !reasonOf(it))).toEqual([])
  })
  it('name hours as spans, over midnight as one', () => {
    expect(spans([])).toEqual([])
    expect(spans([8, 9, 10])).toEqual([[8, 11]])
    expect(spans([0, 1, 20, 21, 22, 23])).toEqual([[20, 2]])
    expect(spans([1, 5])).toEqual([[1, 2], [5, 6]])
  })
  it('read a time by the street\'s clock', () => {
    setZone(480)
    expect(instant('2026-06-01T08:00')).toBe('2026-06-01T00:00:00.000Z')
    expect(instant('')).toBeUndefined()
    setZone(null)
  })
  it('take whole numbers and know what they count', () => {
    expect([typedNumber(''), typedNumber('12.4'), typedNumber(-3), typedNumber('x')]).toEqual([undefined, 12, 0, undefined])
    expect([unit('pair'), unit('ask_first'), unit('door_s')]).toEqual(['yesNo', 'people', 'seconds'])
  })
})
