// Who comes to a case, and who else could be sent, in one order: nothing here asks anybody, so that the order is a rule with a table.
import type { Assignment, CaseView, Offer, ResponderView, Schemas, Tier } from '../shared/api/client'

/** Arrivals within so many seconds of each other are as good as equal, as in the service's own ranking. */
const AS_GOOD_S = 60
/** So many are named beside those whom the service has asked. */
const OTHERS_MAX = 20
/** Against these nobody is sent: who may not hear of the case, and the family of somebody else. */
const NEVER = new Set(['sensitivity', 'not_own_family'])
/** These forbid no sending: whoever has one stands below those of the circle who have none. The other reasons of the service are stale by
    the time that they are read (duty, position, load), or none for a desk that chooses by itself (the tier). */
const BARS = new Set(['out_of_scope', 'missing_skill'])

/** Somebody whom one key could send. */
export interface Candidate {
  responder_id: string
  name: string
  tier: Tier
  mode: string
  /** None: nobody can say how long it takes. */
  seconds: number | null
  meters: number | null
  estimated: boolean
  reach: 'inside' | 'edge' | 'outside' | null
  reasons: string[]
  /** What is against them, as the service has said. */
  bar: string
  key_holder: boolean
  /** What the service has asked of them. */
  offer?: Offer
  /** How many other open cases they are on. */
  holds: number
}

export interface Around {
  reached: readonly Schemas['ReachedDto'][]
  people: ReadonlyMap<string, ResponderView>
  /** In how many other cases somebody is. */
  holds: (responder: string) => number
  name: (responder: string) => string
  /** Who was not asked, and why, as the log has it. */
  left: ReadonlyMap<string, string>
  /** Of a practice case: who takes part. Nobody else is sent to it. */
  practising: ReadonlySet<string>
}

export function isActive(it: Assignment): boolean {
  return it.place !== 'stood_down' && it.place !== 'lost'
}

/** Sent by the desk, and nothing has come from them since: nobody knows yet whether they have seen it. */
export function isUnconfirmed(it: Assignment): boolean {
  return isActive(it) && it.stage === 'accepted' && !it.offer_id
}

const REACHED = ['arrived', 'inside', 'done']
/** At the door or with the elder, whatever became of the case after. */
export function wasThere(it: Assignment): boolean {
  return REACHED.includes(it.stage)
}

/** Whom a case that is over names: who got furthest, the first of them. The end of a case stands everybody down, who did it as well. */
export function whoWent(it: CaseView): Assignment | undefined {
  return it.assignments.filter(wasThere).sort((a, b) => REACHED.indexOf(b.stage) - REACHED.indexOf(a.stage) || Date.parse(a.at) - Date.parse(b.at))[0]
}

/** The newest offer to each: somebody asked again is one person. */
export function newestOffers(it: CaseView): Offer[] {
  const found = new Map<string, Offer>()
  for (const offer of it.offers) {
    const before = found.get(offer.responder_id)
    if (!before || Date.parse(offer.at) >= Date.parse(before.at)) found.set(offer.responder_id, offer)
  }
  return [...found.values()]
}

/** Whom one key sends, the best first: asked or not, by arrival; chain, key and load decide among arrivals that are as good as
    equal, and after them who has been asked already.
    Whoever was called off is no candidate of a key: the desk sends them again by name. */
export function candidatesOf(it: CaseView, around: Around): Candidate[] {
  const ever = new Set(it.assignments.map(a => a.responder_id))
  const may = (id: string) => !ever.has(id) && (!it.drill || around.practising.has(id)) && !reasonsAgainst(around.left.get(id)).some(why => NEVER.has(why))
  const fresh = new Map(around.reached.map(r => [r.responder_id, r]))
  const offers = newestOffers(it)
  const asked = offers.filter(o => may(o.responder_id) && (o.state === 'open' || o.state === 'ended')).map((o): Candidate => {
    // Two places to look: the service has reckoned to the nearer one, the circle only to one.
    const now = it.other_places?.length ? undefined : fresh.get(o.responder_id)
    const seconds = now?.seconds ?? o.seconds ?? null
    return {
      responder_id: o.responder_id, name: o.responder_name ?? around.name(o.responder_id), tier: o.tier, mode: now?.mode ?? o.mode, seconds, meters: now?.meters ?? o.meters ?? null,
      estimated: now?.estimated ?? o.estimated, reach: reachOf(seconds), reasons: o.reasons, bar: '', key_holder: o.key_holder, offer: o, holds: around.holds(o.responder_id),
    }
  })
  const known = new Set(offers.map(o => o.responder_id))
  const others = it.lane !== 'help' ? [] : around.reached.flatMap((r): Candidate[] => {
    const who = around.people.get(r.responder_id)
    if (!who || who.kind === 'family' || known.has(r.responder_id) || !may(r.responder_id)) return []
    return [{
      responder_id: who.id, name: who.name, tier: who.tier, mode: r.mode, seconds: r.seconds, meters: r.meters, estimated: r.estimated, reach: reachOf(r.seconds), reasons: [],
      bar: reasonsAgainst(around.left.get(who.id)).filter(why => BARS.has(why)).join(), key_holder: false, holds: around.holds(who.id),
    }]
  }).sort(byArrival).slice(0, OTHERS_MAX)
  return [...asked, ...others].sort(byArrival)
}

/** As in the service: up to 13 minutes inside the circle, up to 17 its edge. */
function reachOf(seconds: number | null): Candidate['reach'] {
  if (seconds === null) return null
  return seconds <= 13 * 60 ? 'inside' : seconds <= 17 * 60 ? 'edge' : 'outside'
}

function reasonsAgainst(reason: string | undefined): string[] {
  return reason ? reason.split(',').map(part => part.trim()) : []
}

function byArrival(a: Candidate, b: Candidate): number {
  return below(a) - below(b)
    || minute(a) - minute(b)
    || post(a) - post(b)
    || Number(b.key_holder) - Number(a.key_holder)
    || load(a) - load(b)
    || Number(!!b.offer) - Number(!!a.offer)
    || (a.seconds ?? 0) - (b.seconds ?? 0)
    || (a.responder_id < b.responder_id ? -1 : 1)
}
/** Who stands below whom whatever the clock says: in the circle, then nobody knows how far, then in the circle with something against
    them, then outside it, and last who would be taken from another case. */
function below(it: Candidate): number {
  if (it.holds > 0) return 4
  if (it.reach === 'outside') return 3
  if (it.bar) return 2
  return it.seconds === null ? 1 : 0
}
const minute = (it: Candidate) => Math.floor((it.seconds ?? 0) / AS_GOOD_S)
/** Which post of the chain that answers for the household; none: the last. */
const post = (it: Candidate) => figure(it, 'responsible') ?? Number.MAX_SAFE_INTEGER
const load = (it: Candidate) => Math.max(it.holds, figure(it, 'holds_cases') ?? 0)
function figure(it: Candidate, name: string): number | undefined {
  const found = it.reasons.find(reason => reason.startsWith(`${name}:`))
  return found ? Number(found.slice(name.length + 1)) : undefined
}
