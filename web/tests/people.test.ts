import { describe, expect, it } from 'vitest'
import { type Around, candidatesOf, isUnconfirmed, newestOffers, whoWent } from '@/console/people'
import type { CaseView, Offer, ResponderView, Schemas } from '@/shared/api/client'
import { aCase, aLead, at } from './kit'

function anOffer(responder: string, seconds: number | null, more: Partial<Offer> = {}): Offer {
  return {
    id: `offer_${responder}_${more.at ?? ''}`, responder_id: responder, responder_name: responder, tier: 'grid', state: 'open', at: at(0), seconds, meters: seconds === null ? null : seconds * 4, mode: 'ebike', estimated: false,
    reach: seconds !== null && seconds <= 780 ? 'inside' : 'outside', reasons: [], received: false, silent: false, key_holder: false, skilled: false, ...more,
  }
}
const reached = (responder_id: string, seconds: number): Schemas['ReachedDto'] => ({ responder_id, seconds, meters: seconds * 4, mode: 'ebike', estimated: false })
function around(more: Partial<Around> & { near?: [string, number][] } = {}): Around {
  const near = more.near ?? []
  return {
    reached: near.map(([id, s]) => reached(id, s)), people: new Map(near.map(([id]) => [id, { id, name: id, tier: 'grid', kind: 'grid_worker', mode: 'ebike' } as ResponderView])),
    holds: () => 0, name: id => id, left: new Map(), practising: new Set(), ...more,
  }
}
const ids = (it: CaseView, of: Around) => candidatesOf(it, of).map(c => c.responder_id)

describe('whom one key sends', () => {
  it('is who arrives first, asked or not, whatever step asked them', () => {
    // The home step asked two of the family, one of them an hour away; the grid step asked later.
    const it_ = aCase('1', { offers: [anOffer('family', 145), anOffer('far', 4_332, { key_holder: true, tier: 'home' }), anOffer('grid', 161), anOffer('slow', 488)] })
    expect(ids(it_, around({ near: [['near', 112]] }))).toEqual(['near', 'family', 'grid', 'slow', 'far'])
  })

  it('lets chain, key, load and a question already asked decide within the same minute, and only there', () => {
    const of = (...offers: Offer[]) => ids(aCase('1', { offers }), around())
    expect(of(anOffer('plain', 121), anOffer('key', 175, { key_holder: true }), anOffer('post', 179, { reasons: ['responsible:2'] }))).toEqual(['post', 'key', 'plain'])
    expect(of(anOffer('key', 180, { key_holder: true }), anOffer('plain', 179))).toEqual(['plain', 'key'])
    expect(ids(aCase('1', { offers: [anOffer('asked', 170)] }), around({ near: [['near', 130]] }))).toEqual(['asked', 'near'])
    expect(of(anOffer('loaded', 121, { reasons: ['holds_cases:1'] }), anOffer('free', 125))).toEqual(['free', 'loaded'])
  })

  it('puts below: unknown way, something against them, outside the circle, on another case', () => {
    const it_ = aCase('1', { offers: [anOffer('busy', 60), anOffer('far', 2_000), anOffer('unknown', null), anOffer('edge', 900)] })
    const of = around({ near: [['elsewhere', 100]], left: new Map([['elsewhere', 'out_of_scope']]), holds: id => Number(id === 'busy') })
    expect(ids(it_, of)).toEqual(['edge', 'unknown', 'elsewhere', 'far', 'busy'])
    expect(candidatesOf(it_, of).find(c => c.responder_id === 'elsewhere')?.bar).toBe('out_of_scope')
  })

  it('takes the way as it is now before the one of the offer', () => {
    const it_ = aCase('1', { offers: [anOffer('gone', 120), anOffer('there', 300)] })
    expect(ids(it_, around({ near: [['gone', 500], ['there', 290]] }))).toEqual(['there', 'gone'])
  })

  it('never names who was called off, who said no, who may not hear of it, or a person twice', () => {
    const it_ = aCase('1', {
      assignments: [{ ...aLead('off'), place: 'stood_down' }],
      offers: [anOffer('off', 60, { state: 'accepted' }), anOffer('no', 70, { state: 'declined' }), anOffer('twice', 300, { at: at(0), state: 'ended' }), anOffer('twice', 200, { at: at(50) })],
    })
    expect(ids(it_, around({ near: [['off', 60], ['no', 70], ['secret', 80]], left: new Map([['secret', 'off_duty,sensitivity']]) }))).toEqual(['twice'])
    expect(newestOffers(it_).map(o => [o.responder_id, o.seconds])).toContainEqual(['twice', 200])
  })

  it('of a practice names only who takes part', () => {
    const it_ = aCase('1', { drill: true, offers: [anOffer('in', 200)] })
    expect(ids(it_, around({ near: [['out', 60], ['joined', 90]], practising: new Set(['in', 'joined']) }))).toEqual(['joined', 'in'])
  })
})

describe('who comes', () => {
  it('is unconfirmed while the desk alone has said so', () => {
    expect(isUnconfirmed(aLead())).toBe(true)
    expect(isUnconfirmed({ ...aLead(), offer_id: 'offer_1' })).toBe(false)
    expect(isUnconfirmed(aLead('r', 'en_route'))).toBe(false)
    expect(isUnconfirmed({ ...aLead(), place: 'stood_down' })).toBe(false)
  })

  it('of a case that is over is who got furthest, though its end stood everybody down', () => {
    const off = { place: 'stood_down' }
    const it_ = aCase('1', { state: 'closed', assignments: [{ ...aLead('way', 'en_route'), ...off }, { ...aLead('door', 'arrived'), ...off }, { ...aLead('did', 'done'), ...off, at: at(9) }] })
    expect(whoWent(it_)?.responder_id).toBe('did')
    expect(whoWent(aCase('2', { assignments: [aLead('way', 'en_route')] }))).toBeUndefined()
  })
})
