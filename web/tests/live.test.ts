import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { watch } from 'vue'
import { useLive } from '@/shared/live/useLive'
import type { Frame } from '@/shared/live/link'
import sent from './fixtures/live.json'
import { aCase } from './kit'

beforeEach(() => setActivePinia(createPinia()))

describe('what the page knows', () => {
  it('every frame as the service sends it: a Rust test holds the file to what is sent', () => {
    const live = useLive()
    const known = () => [...live.cases.keys()]
    for (const frame of sent as unknown as Frame[]) {
      live.receive(frame)
      if (frame.type === 'snapshot') expect(known()).toEqual(frame.cases.map(it => it.id))
      if (frame.type === 'changed') expect(live.cases.get(frame.case.id)).toEqual(frame.case)
      if (frame.type === 'gone') expect(known()).not.toContain(frame.id)
    }
    expect(new Set(sent.map(it => it.type)).size).toBe(7)
  })

  it('a snapshot replaces everything, a change replaces one, gone forgets one', () => {
    const live = useLive()
    live.receive({ type: 'snapshot', cursor: '1', cases: [aCase('1'), aCase('2')] })
    live.receive({ type: 'changed', cursor: '2', case: aCase('3') })
    live.receive({ type: 'gone', cursor: '3', id: '1' })
    expect([...live.cases.keys()]).toEqual(['2', '3'])
    live.receive({ type: 'snapshot', cursor: '4', cases: [aCase('9')] })
    expect([...live.cases.keys()]).toEqual(['9'])
  })

  it('does not go back to an older version that an answer brings late', () => {
    const live = useLive()
    live.receive({ type: 'changed', cursor: '1', case: aCase('1', { version: 7, tier: 'street' }) })
    live.put(aCase('1', { version: 5, tier: 'grid' }))
    expect(live.cases.get('1')?.tier).toBe('street')
  })

  it('does not bring back what has left sight, by an answer that was on its way', () => {
    const live = useLive()
    live.receive({ type: 'snapshot', cursor: '1', cases: [aCase('1'), aCase('2')] })
    live.receive({ type: 'gone', cursor: '2', id: '1' })
    live.receive({ type: 'changed', cursor: '3', case: aCase('2', { state: 'closed', version: 9 }) })
    for (const id of ['1', '2']) live.put(aCase(id, { version: 8 }))
    expect(live.cases.size).toBe(0)
    live.receive({ type: 'changed', cursor: '4', case: aCase('2', { version: 10 }) })
    expect([...live.cases.keys()]).toEqual(['2'])
  })

  it('a closed case leaves, unless it is the one on screen, and then when another is chosen', () => {
    const live = useLive()
    live.receive({ type: 'snapshot', cursor: '1', cases: [aCase('1'), aCase('2')] })
    live.keep('1')
    for (const id of ['1', '2']) live.receive({ type: 'changed', cursor: '2', case: aCase(id, { state: 'closed', version: 9 }) })
    expect([...live.cases.keys()]).toEqual(['1'])
    live.keep('2')
    expect(live.cases.size).toBe(0)
  })

  it('another history of the store forgets the old one', () => {
    const live = useLive()
    const you = { user: 'user_1', role: 'dispatcher' }
    live.receive({ type: 'welcome', now: '2026-03-01T08:00:00Z', you, epoch: 'a', ping_every_s: 2 })
    live.receive({ type: 'snapshot', cursor: '1', cases: [aCase('1')] })
    live.receive({ type: 'welcome', now: '2026-03-01T08:00:00Z', you, epoch: 'b', ping_every_s: 2 })
    expect(live.cases.size).toBe(0)
  })

  it('who looks at what is what was said last, and unknown after a new welcome', () => {
    const live = useLive()
    const looker = { case: '1', user: 'user_2', since: '2026-03-01T08:00:00Z' }
    live.receive({ type: 'lookers', lookers: [looker, { ...looker, user: 'user_3' }] })
    live.receive({ type: 'lookers', lookers: [looker] })
    expect(live.lookers).toEqual([looker])
    live.receive({ type: 'welcome', now: '2026-03-01T08:00:00Z', you: { user: 'user_1', role: 'dispatcher' }, epoch: 'a', ping_every_s: 2 })
    expect(live.lookers).toEqual([])
  })

  it('a crowd of frames is one change of the page, the first at once, in order, and nothing waits while the page is hidden', () => {
    vi.useFakeTimers()
    try {
      const live = useLive()
      let times = 0
      const changed = (id: string, version: number) => live.take({ type: 'changed', cursor: `${version}`, case: aCase(id, { version }) })
      live.take({ type: 'snapshot', cursor: '0', cases: [aCase('1'), aCase('2')] })
      watch(() => live.cases, () => { times += 1 }, { flush: 'sync' })
      changed('1', 2)
      expect([times, live.cases.get('1')?.version]).toEqual([1, 2])
      for (let n = 3; n < 40; n += 1) changed('1', n)
      live.take({ type: 'gone', cursor: '40', id: '2' })
      expect([times, live.cases.get('1')?.version, live.cases.has('2')]).toEqual([1, 2, true])
      vi.advanceTimersByTime(60)
      expect([live.cases.get('1')?.version, live.cases.has('2')]).toEqual([39, false])
      // What comes with all of it is not overtaken by what came before.
      changed('1', 41)
      changed('3', 42)
      live.take({ type: 'snapshot', cursor: '50', cases: [aCase('1', { version: 50 })] })
      vi.advanceTimersByTime(60)
      expect([live.cases.get('1')?.version, live.cases.has('3')]).toEqual([50, false])
      vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
      for (let n = 51; n < 54; n += 1) {
        changed('1', n)
        expect(live.cases.get('1')?.version).toBe(n)
      }
    } finally {
      vi.useRealTimers()
    }
  })
})
