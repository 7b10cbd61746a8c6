import { describe, expect, it } from 'vitest'
import { likelyOutcome, likelyProof, outcomesOf, proofsOf } from '@/console/closing'
import { aCase } from './kit'

describe('how a case can end', () => {
  it('a call for help is no service and has no way around a proof', () => {
    const sos = aCase('1')
    expect(outcomesOf(sos)).toEqual(['helped', 'fine_by_voice', 'false_alarm', 'handed_over', 'suspected_death'])
    expect(proofsOf(sos)).not.toContain('none')
    expect(outcomesOf(aCase('2', { kind: 'fall' }))).toContain('device_fault')
  })

  it('a service, a device and a follow-up have their own', () => {
    expect(outcomesOf(aCase('1', { kind: 'service_request', lane: 'service' }))[0]).toBe('service_done')
    expect(outcomesOf(aCase('1', { kind: 'low_battery', lane: 'technical' }))).toEqual(['device_fault', 'false_alarm', 'service_done'])
    expect(outcomesOf(aCase('1', { kind: 'follow_up', lane: 'service' }))).toEqual(['suspected_death'])
    expect(outcomesOf(aCase('1', { kind: 'follow_up', lane: 'service', found: 'well', tries: 3 }))).toEqual(['followed_up', 'not_reached', 'suspected_death'])
    expect(outcomesOf(aCase('1', { kind: 'welfare_review', lane: 'service', tries: 3 }))).toEqual(['suspected_death'])
    expect(proofsOf(aCase('1', { kind: 'low_battery', lane: 'technical' }))).toContain('none')
  })

  it('nothing is chosen that the case does not bear out', () => {
    expect(likelyOutcome(aCase('1'))).toBe('')
    expect(likelyOutcome(aCase('1', { contact: true }))).toBe('helped')
    expect(likelyOutcome(aCase('1', { voice: 'fine' }))).toBe('fine_by_voice')
    expect(likelyOutcome(aCase('1', { voice: 'needs_help' }))).toBe('')
    expect(likelyOutcome(aCase('1', { outcome: 'handed_over' }))).toBe('handed_over')
    expect(likelyProof(aCase('1'))).toBe('second_look')
    expect(likelyProof(aCase('1', { voice: 'needs_help' }))).toBe('voice_contact')
    expect(likelyProof(aCase('1', { kind: 'link_loss', lane: 'technical' }))).toBe('none')
  })
})
