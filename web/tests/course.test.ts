import { describe, expect, it } from 'vitest'
import { exclusions, lines, type LogRecord } from '@/console/course'
import { at } from './kit'

const record = (version: number, type: string, more: Partial<LogRecord> = {}): LogRecord => ({ version, at: at(version), type, by: { type: 'system' }, ...more })

describe('the course of a case', () => {
  it('is newest first by the order of the service, whatever the clocks say', () => {
    const log = [record(1, 'opened', { at: at(50) }), record(2, 'taken', { at: at(10) })]
    expect(lines(log, true).map(it => it.version)).toEqual([2, 1])
  })
  it('folds alike lines in a row and counts them', () => {
    const log = [record(1, 'opened'), record(2, 'progressed', { responder: 'a' }), record(3, 'progressed', { responder: 'a' }), record(4, 'progressed', { responder: 'b' }), record(5, 'arrived')]
    expect(lines(log, true).map(it => [it.record.type, it.times])).toEqual([['arrived', 1], ['progressed', 1], ['progressed', 2], ['opened', 1]])
  })
  it('leaves the small print to "all"', () => {
    const log = [record(1, 'opened'), record(2, 'step_fired'), record(3, 'seeking'), record(4, 'received'), record(5, 'tier_raised')]
    expect(lines(log, false).map(it => it.record.type)).toEqual(['tier_raised', 'opened'])
    expect(lines(log, true)).toHaveLength(5)
  })
  it('leaves out of the key points nobody who was called off, said no, or stood at the wrong door', () => {
    const log = ['opened', 'offered', 'declined', 'accepted', 'assigned', 'stood_down', 'arrived', 'arrival_undone', 'followed_up'].map((type, n) => record(n + 1, type))
    expect(lines(log, false).map(it => it.record.type).reverse()).toEqual(['opened', 'declined', 'accepted', 'assigned', 'stood_down', 'arrived', 'arrival_undone', 'followed_up'])
  })
  it('counts a photo among the key points, as evidence', () => {
    const shown = lines([record(1, 'opened'), record(2, 'step_fired'), record(3, 'photographed', { photo: 'photo_1', consent: 'agreed' })], false)
    expect(shown.map(it => [it.record.type, it.evidence])).toEqual([['photographed', true], ['opened', true]])
  })
  it('says who was not asked with the latest reason', () => {
    const log = [
      record(1, 'offered', { excluded: [{ responder: 'a', reason: 'off_duty' }, { responder: 'b', reason: 'busy' }], excluded_count: 9 }), record(2, 'nobody_found', { excluded: [{ responder: 'a', reason: 'out_of_scope' }], excluded_count: 1 }),
    ]
    const found = exclusions(log)
    expect([...found.people]).toEqual([['a', 'out_of_scope'], ['b', 'busy']])
    expect(found.count).toBe(9)
  })
})
