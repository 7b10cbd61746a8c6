// A forced entry as a list to go through: what is done, what comes next, and what it wants; by the service's word and no other.
import type { Schemas } from './api/client'

export type Entry = Schemas['EntryDto']
export const STEPS = ['consent', 'keys', 'called', 'witnesses', 'photo_before', 'opened', 'photo_after', 'secured'] as const
export type Step = typeof STEPS[number]
/** `next`: to be done now; `left`: still open, and may be done already; `skipped`: the door was opened without it; `later`: not before
    the door is open. */
export type StepState = 'done' | 'next' | 'left' | 'skipped' | 'later'

export const BASES = ['on_file', 'elder', 'family', 'police', 'danger'] as const
export const OUTCOMES = ['coming', 'no_answer', 'cannot', 'does_not_open'] as const
export const WITNESSES = ['police', 'fire', 'community', 'family', 'neighbour', 'property'] as const
export const MEANS = ['key', 'inside', 'locksmith', 'window', 'force'] as const
export const CUSTODIES = ['elder', 'family', 'police', 'community'] as const
/** So many see it done. */
export const WITNESSES_WANTED = 2
const CALLED = ['110', '119', 'police_grid']

export const isForced = (means: string | null | undefined) => !!means && means !== 'key' && means !== 'inside'

function isDone(it: Entry, step: Step, referrals: readonly { to: string }[]): boolean {
  switch (step) {
    case 'consent': return !!it.basis
    case 'keys': return it.holders.every(one => one.outcome)
    case 'called': return referrals.some(one => CALLED.includes(one.to))
    case 'witnesses': return it.witnesses.length >= WITNESSES_WANTED
    case 'photo_before': return it.photos_before > 0
    case 'opened': return !!it.opened_at
    case 'photo_after': return it.photos_after > 0
    case 'secured': return !!it.secured_at
    default: return step satisfies never
  }
}

/** Every step in the order in which it is done. */
export function courseOf(it: Entry, referrals: readonly { to: string }[]): { step: Step, state: StepState }[] {
  const next: Step | undefined = (it.next[0] as Step | undefined) ?? (it.opened_at ? undefined : 'opened')
  return STEPS.map((step, at): { step: Step, state: StepState } => {
    if (isDone(it, step, referrals)) return { step, state: 'done' }
    // A door that a key has opened wants nothing more; what is left may still be said.
    if (step === next && !(it.opened_at && !isForced(it.means))) return { step, state: 'next' }
    const before = at < STEPS.indexOf('opened')
    if (before && it.opened_at) return { step, state: 'skipped' }
    return { step, state: !before && step !== 'opened' && !it.opened_at ? 'later' : 'left' }
  })
}

/** What is missing before the door is opened in this way: without it a reason is wanted. */
export const missingFor = (it: Entry, means: string): string[] => (isForced(means) && !it.opened_at ? it.next : [])
/** Whether the end wants words: nobody has photographed a door that was forced. */
export const wordsForSecured = (it: Entry): boolean => isForced(it.means) && it.photos_after === 0

/** A key holder, as a step names one. */
export function holderOf(it: Schemas['HolderDto']): Schemas['HolderIn'] {
  return it.kind === 'contact' ? { contact_id: it.id } : it.kind === 'station' ? { station_id: it.id } : { responder_id: it.id }
}

/** A record of a case's log, as far as the list reads it. */
export interface EntryRecord { version: number, at: string, type: string, by: { type: string, id?: string }, [field: string]: unknown }
const STEP_OF: Record<string, Step> = { consent: 'consent', key: 'keys', witness: 'witnesses', opened: 'opened', secured: 'secured' }

/** When each step was done, and by whom: several of one, in their order. */
export function tracesOf(log: readonly EntryRecord[]): Partial<Record<Step, { at: string, by: EntryRecord['by'], what: Record<string, unknown> }[]>> {
  const found: Partial<Record<Step, { at: string, by: EntryRecord['by'], what: Record<string, unknown> }[]>> = {}
  let open = false
  for (const record of log) {
    const what = (record.entry ?? record) as Record<string, unknown>
    const step = record.type === 'entry_step' ? STEP_OF[String(what.step)]
      : record.type === 'photographed' && record.consent === 'forced_entry' ? (open ? 'photo_after' : 'photo_before')
        : record.type === 'referred' && CALLED.includes(String(record.to)) ? 'called' : undefined
    if (!step) continue
    if (step === 'opened') open = true
    found[step] = [...found[step] ?? [], { at: typeof record.done_at === 'string' ? record.done_at : record.at, by: record.by, what }]
  }
  return found
}
