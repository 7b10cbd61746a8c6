// In which order cases stand, and what stays where it is while somebody is about to choose.
import type { CaseView } from '../shared/api/client'

export const RANK = { critical: 0, urgent: 1, routine: 2, technical: 3 } as const
/** A critical case that nobody leads for so long is shown beside a held list. */
export const PINNED_AFTER_MS = 30_000

/** Who leads, or will unless somebody better answers. */
export function leadOf(it: CaseView) {
  return it.assignments.find(a => a.place === 'lead') ?? it.assignments.find(a => a.place === 'provisional')
}

export function isOver(it: CaseView): boolean {
  return it.state === 'resolved' || it.state === 'closed'
}

/** Somebody should lead, and nobody does. */
export function isUnowned(it: CaseView): boolean {
  return it.lane === 'help' && !isOver(it) && !leadOf(it)
}

/** Somebody is at the door or with the elder. */
export function isReached(it: CaseView): boolean {
  return it.contact || it.state === 'on_scene' || it.assignments.some(a => ['arrived', 'inside', 'done'].includes(a.stage))
}

/** The instant that a row counts down to: at the door, until somebody is; then what is due next. */
export function deadlineOf(it: CaseView): string | null {
  if (isOver(it)) return it.next_due_at ?? null
  if (it.door_by && !isReached(it)) return it.door_by
  return it.next_due_at ?? null
}

/** A late call of many, whose people are asked when its turn has come. */
export function waitsItsTurn(it: CaseView): boolean {
  return Boolean(it.turn_at) && !isOver(it)
}

/** Severity, then what is of now before what waits among many late calls, then the least time left, so that what is overdue stands on top of its severity; practice comes after all that is real,
    what is over last. */
export function byNeed(a: CaseView, b: CaseView): number {
  const over = Number(isOver(a)) - Number(isOver(b)) || Number(a.state === 'closed') - Number(b.state === 'closed')
  if (over) return over
  if (a.drill !== b.drill) return Number(a.drill) - Number(b.drill)
  return RANK[a.severity] - RANK[b.severity] || Number(waitsItsTurn(a)) - Number(waitsItsTurn(b)) || due(a) - due(b) || (a.number < b.number ? -1 : 1)
}

/** The instant of each view as it came: a list is sorted far more often than a case changes. */
const instants = new WeakMap<CaseView, number>()
function due(it: CaseView): number {
  const known = instants.get(it)
  if (known !== undefined) return known
  const at = deadlineOf(it)
  const found = at ? Date.parse(at) : Number.MAX_SAFE_INTEGER
  instants.set(it, found)
  return found
}

export interface Arranged {
  /** The rows, from the top. */
  order: string[]
  /** Came while the list was held, and waits behind a badge. */
  fresh: string[]
  /** Critical, old enough, nobody leads, and not in the held rows: shown below them. */
  pinned: string[]
}

/** The rows as they stand now. While `held`, whoever is there keeps their place, who is gone leaves an empty one, so that nothing
    slides under the pointer, and who is new waits. */
export function arrange(before: readonly string[], cases: ReadonlyMap<string, CaseView>, held: boolean, now: number): Arranged {
  const wanted = [...cases.values()].sort(byNeed).map(it => it.id)
  if (!held) return { order: wanted, fresh: [], pinned: [] }
  const order = [...before]
  const there = new Set(order)
  const fresh = wanted.filter(id => !there.has(id))
  const pinned = fresh.filter(id => {
    const it = cases.get(id)
    return it !== undefined && it.severity === 'critical' && isUnowned(it) && now - Date.parse(it.opened_at) >= PINNED_AFTER_MS
  })
  return { order, fresh, pinned }
}

/** Whether a row shows what somebody typed. */
export function matches(it: CaseView, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  if (!wanted) return true
  const shown = [it.number, it.area_name, it.elder?.name, it.elder?.address, it.household?.address, ...(it.household?.members.map(m => m.name) ?? [])]
  return shown.some(part => part?.toLowerCase().includes(wanted))
}
