// The lane of requests: what wants a hand stands first.
import { describe, expect, it } from 'vitest'
import { byWant, reason, wants } from '@/console/services'
import type { CaseView } from '@/shared/api/client'

const request = (stage: string | null, more: object = {}, at = '2026-06-01T00:00:00Z') => ({ state: 'ringing', opened_at: at, service: stage === null ? null : { stage, silent: false, overdue: false, ...more } }) as unknown as CaseView

describe('a request', () => {
  it('wants a hand where nobody else has it in theirs', () => {
    const wanted: [CaseView, string | null][] = [
      [request(null), 'wish'], [request('wished'), 'station'], [request('asked'), null], [request('asked', { silent: true }), 'silent'],
      [request('proposed'), 'agree'], [request('proposed', { silent: true }), 'agree'], [request('agreed'), null], [request('agreed', { overdue: true }), 'overdue'],
      [{ ...request('wished'), state: 'closed' } as CaseView, null],
    ]
    for (const [it, want] of wanted) expect(wants(it), JSON.stringify(it.service)).toBe(want)
  })
  it('that wants one stands above older ones that do not', () => {
    const [old, newer, wanting] = [request('asked', {}, '2026-06-01T00:00:00Z'), request('asked', {}, '2026-06-01T01:00:00Z'), request('wished', {}, '2026-06-01T02:00:00Z')]
    expect([newer, old, wanting].sort(byWant)).toEqual([wanting, old, newer])
  })
  it('has reasons with figures', () => {
    expect(reason('places_free:4')).toEqual({ key: 'places_free', n: '4' })
    expect(reason('full')).toEqual({ key: 'full', n: '' })
  })
})
