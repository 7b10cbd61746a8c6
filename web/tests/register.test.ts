import { describe, expect, it } from 'vitest'
import type { ResponderView } from '@/shared/api/client'
import { seen } from '@/console/useRegister'

const who = (id: string, more: Partial<ResponderView> = {}): ResponderView => ({
  id, code: id, name: id, kind: 'grid_worker', tier: 'grid', skills: [], mode: 'ebike', party_size: 1, capacity: 1, on_duty: true, duty_since: '2026-03-01T08:00:00Z', areas: ['120114001'], ...more,
})
const at = (lat: number) => ({ position: { lat, lon: 117, at: '2026-03-01T08:00:00Z', fresh: true } })
const picture = (...all: ResponderView[]) => new Map(all.map(it => [it.id, it]))

describe('the picture of who could be sent', () => {
  it('is the same picture when nothing is new, whichever was asked for', () => {
    const before = picture(who('a', at(39)), who('b', { on_duty: false }))
    expect(seen(before, [who('a', at(39)), who('b', { on_duty: false })], true)).toBe(before)
    expect(seen(before, [who('a', at(39))], false)).toBe(before)
  })
  it('changes with a step of one, and keeps the others as they are', () => {
    const before = picture(who('a', at(39)), who('b'))
    const after = seen(before, [who('a', at(39.1)), who('b')], false)
    expect(after).not.toBe(before)
    expect(after.get('a')?.position?.lat).toBe(39.1)
    expect(after.get('b')).toBe(before.get('b'))
  })
  it('of those at work: who is missing has gone off duty, and is still known by name', () => {
    const before = picture(who('a'), who('b'))
    const after = seen(before, [who('a')], false)
    expect([after.get('b')?.on_duty, after.get('b')?.name]).toEqual([false, 'b'])
    // And comes back as they went.
    expect(seen(after, [who('a'), who('b')], false).get('b')?.on_duty).toBe(true)
  })
  it('of all: who is missing is gone', () => {
    const after = seen(picture(who('a'), who('b')), [who('a')], true)
    expect([...after.keys()]).toEqual(['a'])
  })
})
