import { describe, expect, it } from 'vitest'
import { listOf, missing } from '@/care/checklist'
import { held, nextActs, standing, unheard, wanted } from '@/care/course'
import type { Entry } from '@/care/queue/queue'
import { Slide } from '@/care/slide'
import { EVERY_LOW_MS, EVERY_MS, isDue, metres } from '@/care/usePlace'
import { MAP_APPS, wayTo } from '@/care/way'
import type { CaseView } from '@/shared/api/client'
import { aCase, aLead, at } from './kit'

const ME = 'resp_1'
const anOffer = (state = 'open'): CaseView['offers'][number] => ({ id: 'offer_1', responder_id: ME, tier: 'grid', mode: 'walk', seconds: 240, meters: 300, estimated: false, reach: 'inside', key_holder: false, skilled: false, reasons: [], state, at: at(0), received: false, silent: false })
const did = (...acts: Entry['act'][]): Entry[] => acts.map((act, n) => ({ id: n + 1, key: `k${n}`, user: 'user_1', act, caseId: '1', path: '', body: {}, at: 0 }))

describe('the slide', () => {
  const slid = (...moves: number[]) => {
    const it = new Slide(() => 200)
    it.take(100)
    for (const x of moves) it.move(100 + x)
    return { yes: it.release(), at: it.at }
  }
  it('is a yes from 85 % of the way on, and springs back below', () => {
    expect(slid(60, 120)).toEqual({ yes: false, at: 0 })
    expect(slid(169)).toEqual({ yes: false, at: 0 })
    expect(slid(170).yes).toBe(true)
    expect(slid(500)).toEqual({ yes: true, at: 1 })
  })
  it('counts where it is let go, not how far it was', () => {
    expect(slid(200, 40).yes).toBe(false)
  })
  it('is no yes without a hand, when the system takes the pointer, or where there is no room', () => {
    const it = new Slide(() => 200)
    expect(it.release()).toBe(false)
    it.take(0)
    it.move(200)
    it.cancel()
    expect(it.release()).toBe(false)
    const none = new Slide(() => 0)
    none.take(0)
    none.move(300)
    expect(none.release()).toBe(false)
  })
})

describe('who is asked again', () => {
  it('is asked by the newest offer, also after an answer to an older one', () => {
    for (const before of ['ended', 'declined', 'accepted']) {
      const it = aCase('1', { offers: [{ ...anOffer(before), id: 'old' }, { ...anOffer('open'), id: 'new' }] })
      expect(standing(it, ME, [])).toMatchObject({ hold: 'wanted', offer: { id: 'new' } })
      expect(wanted([it], ME, [])).toMatchObject([{ open: true, offer: { id: 'new' } }])
    }
  })
})

describe('the way there', () => {
  const door = { lat: 39.387302, lon: 117.033504 }
  const from = { lat: 39.38, lon: 117.03 }
  it('is the exact address of each map', () => {
    expect(wayTo('amap', door, 'ebike', '求助地点')).toBe('https://uri.amap.com/navigation?to=117.033504,39.387302,%E6%B1%82%E5%8A%A9%E5%9C%B0%E7%82%B9&mode=ride&coordinate=wgs84&callnative=1&src=eldercare-dispatch')
    expect(wayTo('baidu', door, 'walk', '求助地点', from)).toBe('https://api.map.baidu.com/direction?origin=latlng%3A39.380000%2C117.030000%7Cname%3A.&destination=latlng%3A39.387302%2C117.033504%7Cname%3A%E6%B1%82%E5%8A%A9%E5%9C%B0%E7%82%B9&mode=walking&coord_type=wgs84&output=html&src=webapp.eldercare-dispatch')
    expect(wayTo('baidu', door, 'walk', '求助地点')).toBe('https://api.map.baidu.com/marker?location=39.387302,117.033504&title=%E6%B1%82%E5%8A%A9%E5%9C%B0%E7%82%B9&content=%E6%B1%82%E5%8A%A9%E5%9C%B0%E7%82%B9&coord_type=wgs84&output=html&src=webapp.eldercare-dispatch')
    expect(wayTo('geo', door, 'car', '求助地点')).toBe('geo:39.387302,117.033504?q=39.387302,117.033504(%E6%B1%82%E5%8A%A9%E5%9C%B0%E7%82%B9)')
  })
  it('is turned into GCJ-02 for the map that knows nothing else: some 550 m in Yangcun', () => {
    const url = new URL(wayTo('tencent', door, 'car', '求助地点'))
    const [lat, lon] = (url.searchParams.get('tocoord') ?? '').split(',').map(Number) as [number, number]
    expect(metres(door, { lat, lon })).toBeGreaterThan(400)
    expect(metres(door, { lat, lon })).toBeLessThan(700)
    expect(url.origin + url.pathname).toBe('https://apis.map.qq.com/uri/v1/routeplan')
    expect([url.searchParams.get('type'), url.searchParams.get('referer')]).toEqual(['drive', 'eldercare-dispatch'])
  })
  it.each(MAP_APPS)('%s: no letter goes unwritten in ASCII, and no parenthesis of a name ends it', app => {
    const href = wayTo(app, door, 'walk', '杨村 & Co? #1', from)
    expect(href).toMatch(/^[\x21-\x7e]+$/)
    expect(href).not.toContain('&+Co')
    expect(href).not.toContain('#')
  })
})

describe('where somebody stands with a case', () => {
  const asked = aCase('1', { offers: [anOffer()] })
  it('by what the service has said', () => {
    expect(standing(asked, ME, []).hold).toBe('wanted')
    expect(standing(aCase('1', { offers: [anOffer('accepted')], assignments: [aLead(ME, 'en_route')] }), ME, [])).toMatchObject({ hold: 'held', place: 'lead', stage: 'en_route', pending: false })
    expect(standing(aCase('1', { offers: [anOffer('declined')] }), ME, []).hold).toBe('none')
    expect(standing(aCase('1', { assignments: [{ ...aLead(ME), place: 'stood_down' }] }), ME, []).hold).toBe('none')
  })
  it('and on top of it by what is not sent yet, which it says', () => {
    expect(standing(asked, ME, did('accept'))).toMatchObject({ hold: 'held', place: 'waiting', stage: 'accepted', pending: true })
    expect(standing(asked, ME, did('accept', 'depart', 'arrive'))).toMatchObject({ stage: 'arrived', pending: true })
    expect(standing(asked, ME, did('accept', 'depart', 'arrive', 'wrong-address'))).toMatchObject({ stage: 'en_route' })
    expect(standing(asked, ME, did('decline')).hold).toBe('none')
    const mine = aCase('1', { assignments: [aLead(ME, 'arrived')] })
    expect(standing(mine, ME, did('no-entry'))).toMatchObject({ stage: 'arrived', noEntry: true, pending: true })
    expect(standing(mine, ME, did('support', 'note', 'check-in'))).toMatchObject({ stage: 'arrived', pending: false })
  })
  it('who was sent without an offer has said nothing until they leave or say no', () => {
    const sent = aCase('1', { assignments: [aLead(ME)] })
    const asked = aCase('2', { offers: [anOffer('accepted')], assignments: [{ ...aLead(ME), offer_id: 'offer_1' }] })
    const ids = (cases: CaseView[], ...acts: Entry['act'][]) => unheard(cases, ME, did(...acts)).map(one => one.id)
    expect(ids([sent, asked])).toEqual(['1'])
    expect(ids([aCase('1', { assignments: [{ ...aLead(ME), place: 'backup' }] })])).toEqual(['1'])
    for (const act of ['depart', 'arrive', 'decline'] as const) expect(ids([sent], act), act).toEqual([])
    expect(ids([sent], 'note', 'support')).toEqual(['1'])
    expect(ids([aCase('1', { assignments: [aLead(ME, 'en_route')] }), aCase('1', { assignments: [{ ...aLead(ME), place: 'stood_down' }] })])).toEqual([])
    expect(ids([aCase('3', { drill: true, assignments: [aLead(ME)] }), aCase('4', { severity: 'urgent', assignments: [aLead(ME)] }), sent])).toEqual(['1', '4', '3'])
  })
  it('one step at a time, and no "done" at a door that nobody opened and nobody reported', () => {
    const there = (stage: string, more: Partial<CaseView> = {}, acts: Entry['act'][] = []) => {
      const it = aCase('1', { assignments: [aLead(ME, stage)], ...more })
      return nextActs(standing(it, ME, did(...acts)), it)
    }
    expect(there('accepted')).toEqual(['depart', 'arrive'])
    expect(there('en_route')).toEqual(['arrive'])
    expect(there('arrived')).toEqual(['contact-made', 'no-entry', 'wrong-address'])
    expect(there('arrived', {}, ['no-entry'])).toEqual(['contact-made', 'wrong-address', 'done'])
    expect(there('arrived', { voice: 'fine' })).toContain('done')
    expect(there('inside')).toEqual(['done'])
    expect(there('done')).toEqual([])
    expect(nextActs(standing(asked, ME, []), asked)).toEqual([])
  })
  it('the gravest offer first, then the oldest; ended ones that may still be answered last', () => {
    const cases = [
      aCase('1', { offers: [anOffer('ended')] }), aCase('2', { offers: [anOffer()], severity: 'urgent' }), aCase('3', { offers: [anOffer()], opened_at: at(-5) }), aCase('4', { offers: [anOffer()], opened_at: at(-50) }),
    ]
    expect(wanted(cases, ME, []).map(it => it.it.id)).toEqual(['4', '3', '2', '1'])
    expect(held([...cases, aCase('5', { assignments: [aLead(ME)] })], ME, did('accept')).map(it => it.id).sort()).toEqual(['1', '5'])
    expect(wanted(cases, 'resp_2', [])).toEqual([])
  })
})

describe('the position', () => {
  const fix = (lat: number, seconds: number) => ({ lat, lon: 117, accuracy: 10, at: seconds * 1000 })
  it('goes out every five seconds or twenty metres, less often with a battery that will not last', () => {
    expect(isDue(null, fix(39, 0), EVERY_MS)).toBe(true)
    expect(isDue(fix(39, 0), fix(39, 4), EVERY_MS)).toBe(false)
    expect(isDue(fix(39, 0), fix(39, 5), EVERY_MS)).toBe(true)
    expect(isDue(fix(39, 0), fix(39.0002, 1), EVERY_MS)).toBe(true)
    expect(isDue(fix(39, 0), fix(39, 6), EVERY_LOW_MS)).toBe(false)
  })
})

describe('the list of the scene', () => {
  it('asks for breath wherever somebody may be hurt, and for nothing where a device is the matter', () => {
    for (const kind of ['sos', 'fall', 'smoke', 'gas', 'co', 'vital', 'inactivity', 'unknown']) expect(listOf(kind, 'help').some(it => it.id === 'breathes' && it.required), kind).toBe(true)
    expect(listOf('low_battery', 'technical')).toEqual([])
    expect(listOf('service_request', 'service')).toEqual([])
  })
  it('is done when all that is required is ticked', () => {
    const items = listOf('fall', 'help')
    expect(missing(items, []).length).toBe(items.filter(it => it.required).length)
    expect(missing(items, ['safe', 'breathes', 'head', 'moves'])).toEqual([])
    expect(missing(items, ['slowly', 'family']).length).toBeGreaterThan(0)
  })
})
