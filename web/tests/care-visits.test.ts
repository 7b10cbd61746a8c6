import { describe, expect, it } from 'vitest'
import { elderOf, keepable, lacking, type ToMake } from '@/care/useVisits'
import { type Entry, nextOf } from '@/care/queue/queue'

const whole = { result: 'well', words: '', companion: '', pair: false, way: 'door', file: false, right: '' }
describe('a visit', () => {
  it.each([
    [{}, []],
    [{ result: '' }, ['result']],
    [{ result: 'needs_help' }, ['words']],
    [{ result: 'needs_attention', words: '  ' }, ['words']],
    [{ result: 'needs_help', words: 'a' }, []],
    [{ pair: true }, ['companion_id']],
    [{ pair: true, way: 'phone' }, []],
    [{ pair: true, companion: 'r' }, []],
    [{ file: true }, ['consent']],
    [{ file: true, right: 'door' }, []],
  ])('%o lacks %o', (more, wanted) => {
    expect(lacking({ ...whole, ...more })).toEqual(wanted)
  })
  it('belongs to the elder of its address', () => {
    expect(elderOf('/api/v1/elders/elder_1/visits')).toBe('elder_1')
    expect(elderOf('/api/v1/elders/elder_1/visits/visit_2/photo')).toBe('elder_1')
    expect(elderOf('/api/v1/cases/case_1/photos')).toBe('')
  })
  it('leaves nothing of needs on the phone', () => {
    const all = [{ name: '王', need_labels: [{ need: 'mental_social' }] }] as unknown as ToMake[]
    expect(JSON.stringify(keepable(all))).not.toContain('mental')
    expect(keepable(all)[0]?.name).toBe('王')
  })
})

describe('the queue', () => {
  const entry = (id: number, act: Entry['act'], right?: string): Entry => ({ id, key: String(id), user: 'u', act, caseId: null, path: '', body: {}, at: 0, ...(right ? { right } : {}) })
  it('lets what came after pass a visit whose photo the line is too slow for, and no other', () => {
    expect(nextOf([entry(1, 'visit', 'door'), entry(2, 'arrive')], new Set())?.id).toBe(1)
    expect(nextOf([entry(1, 'visit', 'door'), entry(2, 'arrive')], new Set(['1']))?.id).toBe(2)
    expect(nextOf([entry(1, 'visit'), entry(2, 'arrive')], new Set(['1']))?.id).toBe(1)
    expect(nextOf([entry(1, 'visit-photo', 'door'), entry(2, 'support')], new Set())?.id).toBe(2)
  })
})
