import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { counts, type Notice, type Notices, parties, standing, wayOf, whyKey } from '@/console/notices'

const at = (s: number) => new Date(Date.UTC(2026, 10, 27, 2, 0, s)).toISOString()
function row(target: string, kind: string, channel: string, state: string, s: number, more: Partial<Notice> = {}): Notice {
  return { id: `notice_${target}${kind}${channel}`, kind, step: `4:${kind}`, target, channel, state, made_at: at(s), attempts: 1, ...more }
}
const all: Notices = {
  items: [
    row('resp_a', 'offer', 'voice', 'failed', 1, { why: 'quota: 1 a minute to one' }),
    row('resp_a', 'offer', 'sms', 'sent', 2),
    row('contact_b', 'family_opened', 'none', 'failed', 3, { why: 'switched off by themselves' }),
    row('desk', 'ring_desk', 'web_push', 'waiting', 5),
    row('resp_a', 'lead', 'web_push', 'received', 9, { read_at: at(11) }),
    row('resp_c', 'offer', 'sms', 'stale', 4),
  ],
  tellings: [{ target: 'resp_a', kind: 'offer', step: '4:offer', state: 'open', wave: 0, later: ['voice:second'] }, { target: 'resp_c', kind: 'offer', step: '4:offer', state: 'moved_on', wave: 0, later: [] }],
  untold: [{ target: 'contact_b', kind: 'family_opened', step: '4:family_opened', why: ['switched off by themselves'] }, { target: 'contact_x', kind: 'family_opened', step: '', why: ['restricted by the elder'] }],
  people: [{ target: 'resp_a', name: 'A', is: 'volunteer' }, { target: 'contact_b', is: 'child' }],
  ways: ['sms', 'voice'],
}

describe('the words', () => {
  it('name every kind of notice and every way that there is', () => {
    const read = (file: string) => readFileSync(join(import.meta.dirname, '../..', file), 'utf8')
    const listed = (text: string, name: string) => [...new RegExp(`\\b${name} \\([^{]*\\{([\\s\\S]*?)\\n {4}\\}`).exec(text)?.[1]?.matchAll(/= "(\w+)"/g) ?? []].map(it => it[1] ?? '')
    const { told } = JSON.parse(read('web/src/console/i18n/later/en.json')) as { told: { kind: Record<string, string>, way: Record<string, string> } }
    const kinds = listed(read('src/case/notice.rs'), 'NoticeKind')
    const ways = listed(read('src/people/reach.rs'), 'Way')
    expect([kinds.includes('family_urges'), ways.includes('web_push')]).toEqual([true, true])
    expect(kinds.filter(it => !told.kind[it])).toEqual([])
    expect(ways.filter(it => !told.way[it])).toEqual([])
  })
})

describe('who was told', () => {
  it('stands by party, the latest step first, each step as well off as its best way', () => {
    const found = parties(all).map(it => [it.target, it.name ?? it.is, it.best, it.steps.map(step => `${step.kind} ${step.best} ${step.rows.length}`)])
    expect(found).toEqual([
      ['resp_a', 'A', 'read', ['lead read 1', 'offer sent 2']],
      ['desk', '', 'waiting', ['ring_desk waiting 1']],
      ['resp_c', '', 'stale', ['offer stale 1']],
      ['contact_b', 'child', 'failed', ['family_opened failed 1']],
    ])
    expect(parties(all)[0]?.steps[1]?.next?.later, 'what comes next, while it comes').toEqual(['voice:second'])
    expect(parties(all)[2]?.steps[0]?.next, 'nothing where the case has moved on').toBeUndefined()
  })
  it('is counted: what is on its way, and whom nobody told; not whom the elder has restricted', () => {
    expect(counts(all)).toEqual({ waiting: 1, failed: 1 })
  })
  it('an answer is more than a look, a look more than a receipt', () => {
    expect([row('a', 'offer', 'sms', 'received', 1, { reply: 'accepted', read_at: at(2) }), row('a', 'offer', 'sms', 'received', 1, { read_at: at(2) }), row('a', 'offer', 'sms', 'received', 1), row('a', 'offer', 'sms', 'of_tomorrow', 1)].map(standing)).toEqual(['answered', 'read', 'received', 'waiting'])
  })
  it('a reason is said in words, and a provider’s own as it is', () => {
    expect(['no address on file', 'quota: 5 an hour to one', 'switched off by themselves', 'restricted by the elder', 'the push service is not on the list', 'isv.AMOUNT_NOT_ENOUGH'].map(whyKey)).toEqual(['noAddress', 'quota', 'switchedOff', 'restricted', 'foreign', undefined])
    expect([wayOf('voice:second'), wayOf('webhook:city'), wayOf('sms')]).toEqual(['voice', 'webhook', 'sms'])
  })
})
