import { describe, expect, it } from 'vitest'
import { courseOf, type Entry, holderOf, missingFor, tracesOf, wordsForSecured } from '@/shared/entry'

const none: Entry = { consent_on_file: false, may_agree: [], holders: [], witnesses: [], photos_before: 0, photos_after: 0, next: ['consent', 'called', 'witnesses', 'photo_before'], stands_open: false }
const states = (it: Entry, referrals: { to: string }[] = []) => Object.fromEntries(courseOf(it, referrals).map(one => [one.step, one.state]))

describe('the list of a forced entry', () => {
  it('begins with the right, has nothing to do about keys that nobody holds, and ends not before the door is open', () => {
    expect(states(none)).toEqual({ consent: 'next', keys: 'done', called: 'left', witnesses: 'left', photo_before: 'left', opened: 'left', photo_after: 'later', secured: 'later' })
  })
  it('goes on with what the service names next', () => {
    const it = { ...none, basis: 'elder', holders: [{ kind: 'contact', id: 'c', outcome: null }], next: ['keys', 'called', 'witnesses', 'photo_before'] } satisfies Entry
    expect(states(it)).toMatchObject({ consent: 'done', keys: 'next', called: 'left' })
    expect(states({ ...it, next: ['called', 'witnesses', 'photo_before'], holders: [{ kind: 'contact', id: 'c', outcome: 'no_answer' }] })).toMatchObject({ keys: 'done', called: 'next' })
    expect(states(it, [{ to: '120' }]).called).toBe('left')
    expect(states(it, [{ to: '119' }]).called).toBe('done')
  })
  it('opens the door when all is there', () => {
    const it = { ...none, basis: 'danger', witnesses: [{ kind: 'police' }, { kind: 'neighbour' }], photos_before: 1, next: [] }
    expect(states(it, [{ to: '110' }])).toMatchObject({ opened: 'next', secured: 'later' })
  })
  it('says what a door was opened without, and wants its end', () => {
    const it = { ...none, opened_at: '2026-03-01T08:00:00Z', means: 'force', next: ['photo_after', 'secured'], stands_open: true }
    expect(states(it)).toMatchObject({ consent: 'skipped', witnesses: 'skipped', opened: 'done', photo_after: 'next', secured: 'left' })
    expect(states({ ...it, photos_after: 1, next: ['secured'] }).secured).toBe('next')
  })
  it('wants nothing more of a door that a key has opened', () => {
    const it = { ...none, opened_at: '2026-03-01T08:00:00Z', means: 'key', next: ['photo_after', 'secured'] }
    expect(states(it)).toMatchObject({ photo_after: 'left', secured: 'left' })
  })
  it('wants a reason for force and for nothing else', () => {
    for (const means of ['force', 'window', 'locksmith']) expect(missingFor(none, means)).toEqual(none.next)
    for (const means of ['key', 'inside', '']) expect(missingFor(none, means)).toEqual([])
    expect(missingFor({ ...none, next: [] }, 'force')).toEqual([])
  })
  it('wants words at the end where nobody has photographed a forced door', () => {
    expect(wordsForSecured({ ...none, means: 'force' })).toBe(true)
    expect(wordsForSecured({ ...none, means: 'force', photos_after: 1 })).toBe(false)
    expect(wordsForSecured({ ...none, means: 'key' })).toBe(false)
  })
  it('names a key holder by what they are', () => {
    expect(holderOf({ kind: 'contact', id: 'a' })).toEqual({ contact_id: 'a' })
    expect(holderOf({ kind: 'responder', id: 'a' })).toEqual({ responder_id: 'a' })
    expect(holderOf({ kind: 'station', id: 'a' })).toEqual({ station_id: 'a' })
  })
})

describe('the traces of its steps', () => {
  const record = (version: number, type: string, more: object) => ({ version, at: `2026-03-01T08:00:0${version}Z`, type, by: { type: 'responder', id: 'r' }, ...more })
  it('have each its time and its person, the time at which it was done, and photos before and after', () => {
    const found = tracesOf([
      record(1, 'entry_step', { entry: { step: 'consent', basis: 'danger' } }), record(2, 'referred', { to: '110' }), record(3, 'referred', { to: '120' }),
      record(4, 'photographed', { consent: 'agreed' }), record(5, 'photographed', { consent: 'forced_entry' }),
      record(6, 'entry_step', { entry: { step: 'opened', means: 'force' }, done_at: '2026-03-01T07:00:00Z' }), record(7, 'photographed', { consent: 'forced_entry' }),
    ])
    expect(Object.fromEntries(Object.entries(found).map(([step, all]) => [step, all?.map(it => it.at.slice(11, 19))]))).toEqual({ consent: ['08:00:01'], called: ['08:00:02'], photo_before: ['08:00:05'], opened: ['07:00:00'], photo_after: ['08:00:07'] })
    expect(found.consent?.[0]).toMatchObject({ by: { id: 'r' }, what: { basis: 'danger' } })
  })
})
