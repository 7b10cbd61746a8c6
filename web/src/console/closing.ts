// How a case can end: only what fits it is offered, and nothing is chosen that the case does not bear out.
import type { CaseView } from '../shared/api/client'

export type Outcome = 'helped' | 'fine_by_voice' | 'false_alarm' | 'handed_over' | 'service_done' | 'service_cancelled' | 'device_fault' | 'suspected_death' | 'followed_up' | 'not_reached' | 'warning_over'
export type ProofKind = 'voice_contact' | 'on_scene' | 'second_look' | 'none'

/** A person's own call, or a danger to life: these never close without a proof (`Kind::needs_proof` of the service). */
const WANT_PROOF = new Set(['sos', 'fall', 'smoke', 'gas', 'co', 'duress', 'unknown'])
const AFTERCARE = new Set(['follow_up', 'welfare_review'])
/** A person pressed, or cried out: what the device may have done wrong is a reason of a false alarm. */
const BY_A_PERSON = new Set(['sos', 'duress'])
/** So many tries end a follow-up that reached nobody. */
const TRIES_MAX = 3

export function outcomesOf(it: CaseView): Outcome[] {
  if (AFTERCARE.has(it.kind)) {
    return [...(it.found ? ['followed_up' as const] : []), ...(it.kind === 'follow_up' && (it.tries ?? 0) >= TRIES_MAX ? ['not_reached' as const] : []), 'suspected_death']
  }
  if (it.kind === 'area_alert') return ['warning_over', 'helped', 'handed_over', 'false_alarm']
  switch (it.lane) {
    case 'service': return ['service_done', 'fine_by_voice', 'handed_over', 'false_alarm', 'suspected_death']
    case 'technical': return ['device_fault', 'false_alarm', 'service_done']
    case 'help': return ['helped', 'fine_by_voice', 'false_alarm', 'handed_over', ...(BY_A_PERSON.has(it.kind) ? [] : ['device_fault' as const]), 'suspected_death']
    default: return it.lane satisfies never
  }
}

/** What the case itself says that it was; nothing: a person has to say. */
export function likelyOutcome(it: CaseView): Outcome | '' {
  const fitting = outcomesOf(it)
  const said = it.outcome as Outcome | null | undefined
  if (said && fitting.includes(said)) return said
  if (AFTERCARE.has(it.kind)) return fitting[0] === 'suspected_death' ? '' : fitting[0] ?? ''
  if (it.lane !== 'help') return fitting[0] ?? ''
  return it.contact ? 'helped' : it.voice === 'fine' ? 'fine_by_voice' : ''
}

export function proofsOf(it: CaseView): ProofKind[] {
  return ['voice_contact', 'on_scene', 'second_look', ...(WANT_PROOF.has(it.kind) ? [] : ['none' as const])]
}

export function likelyProof(it: CaseView): ProofKind {
  if (it.contact) return 'on_scene'
  // A key in an automatic call is no voice.
  if (!it.by_key && (it.voice === 'fine' || it.voice === 'needs_help')) return 'voice_contact'
  return it.lane === 'help' ? 'second_look' : 'none'
}
