// Where somebody stands with a case: what the service has said, and on top of it what they have done that is not sent yet.
import type { Assignment, CaseView, Offer } from '../shared/api/client'
import type { Act, Entry } from './queue/queue'

export type Stage = 'accepted' | 'en_route' | 'arrived' | 'inside' | 'done'

export interface Standing {
  /** `none`: not coming; `wanted`: asked and not answered; `held`: coming. */
  hold: 'none' | 'wanted' | 'held'
  place: string
  stage: Stage | null
  noEntry: boolean
  /** The newest of this is on the phone only. */
  pending: boolean
  offer: Offer | undefined
  mine: Assignment | undefined
}

const COMING = ['provisional', 'lead', 'backup']

export function standing(it: CaseView, me: string | null | undefined, waiting: readonly Entry[]): Standing {
  // Who is asked again has several: the last is the one that stands.
  const offer = it.offers.filter(o => o.responder_id === me).pop()
  const mine = it.assignments.find(a => a.responder_id === me && COMING.includes(a.place))
  let hold: Standing['hold'] = mine ? 'held' : offer && (offer.state === 'open' || offer.state === 'ended') ? 'wanted' : 'none'
  let stage = (mine?.stage ?? null) as Stage | null
  let noEntry = it.no_entry
  let pending = false
  for (const { act } of waiting.filter(entry => entry.caseId === it.id)) {
    const next = AFTER[act]
    if (!next) continue
    pending = true
    if (next === 'declined') hold = 'none'
    else {
      hold = 'held'
      if (next === 'no_entry') noEntry = true
      else stage = next
    }
  }
  return { hold, place: mine?.place ?? (hold === 'held' ? 'waiting' : ''), stage, noEntry, pending, offer, mine }
}

const AFTER: Partial<Record<Act, Stage | 'declined' | 'no_entry'>> = {
  accept: 'accepted', decline: 'declined', depart: 'en_route', arrive: 'arrived', 'contact-made': 'inside', 'no-entry': 'no_entry', 'wrong-address': 'en_route', done: 'done',
}

/** What may be done next, the likeliest first. `done` at the door only when somebody was reached, or nobody opened (§3.10). */
export function nextActs(at: Standing, it: CaseView): Act[] {
  if (at.hold !== 'held') return []
  switch (at.stage) {
    case null: return []
    case 'accepted': return ['depart', 'arrive']
    case 'en_route': return ['arrive']
    case 'arrived': {
      const answered = it.contact || at.noEntry || it.voice === 'fine' || it.voice === 'needs_help'
      return ['contact-made', ...(at.noEntry ? [] : ['no-entry'] as const), 'wrong-address', ...(answered ? ['done'] as const : [])]
    }
    case 'inside': return ['done']
    case 'done': return []
    default: return at.stage satisfies never
  }
}

const GRAVITY: Record<string, number> = { critical: 0, urgent: 1, routine: 2, technical: 3 }

/** Offers that wait for an answer: the gravest first, then the older; practice after all that is real. Those that ended and may still
    be answered come after. */
export function wanted(cases: Iterable<CaseView>, me: string | null | undefined, waiting: readonly Entry[]): { it: CaseView, offer: Offer, open: boolean }[] {
  const all: { it: CaseView, offer: Offer, open: boolean }[] = []
  for (const it of cases) {
    const at = standing(it, me, waiting)
    if (at.hold === 'wanted' && at.offer) all.push({ it, offer: at.offer, open: at.offer.state === 'open' })
  }
  return all.sort((a, b) => Number(b.open) - Number(a.open) || Number(a.it.drill) - Number(b.it.drill) || (GRAVITY[a.it.severity] ?? 9) - (GRAVITY[b.it.severity] ?? 9) || a.it.opened_at.localeCompare(b.it.opened_at))
}

/** Cases to which the desk has sent somebody who was not asked, and who has not said yet whether they go: the gravest first,
    practice after all that is real. */
export function unheard(cases: Iterable<CaseView>, me: string | null | undefined, waiting: readonly Entry[]): CaseView[] {
  const all = [...cases].filter(it => {
    const at = standing(it, me, waiting)
    return at.hold === 'held' && at.stage === 'accepted' && at.mine !== undefined && !at.mine.offer_id
  })
  return all.sort((a, b) => Number(a.drill) - Number(b.drill) || (GRAVITY[a.severity] ?? 9) - (GRAVITY[b.severity] ?? 9) || a.opened_at.localeCompare(b.opened_at))
}

/** The cases to which somebody is going. */
export function held(cases: Iterable<CaseView>, me: string | null | undefined, waiting: readonly Entry[]): CaseView[] {
  return [...cases].filter(it => standing(it, me, waiting).hold === 'held').sort((a, b) => a.opened_at.localeCompare(b.opened_at))
}
