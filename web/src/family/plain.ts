// A case in plain words: which sentence, with what in it. The sentences are in the i18n files.
import type { Coming, FamilyCase, Line, Who } from './ask'

export type Tone = 'alarm' | 'coming' | 'there' | 'well' | 'over'

/** Whole minutes until somebody is at the door, never under one; none: not known, or overdue. */
export function minutes(it: Coming, now: number): number | undefined {
  if (!it.eta_at || it.stage === 'arrived' || it.stage === 'inside' || it.stage === 'done') return undefined
  const left = Date.parse(it.eta_at) - now
  return left < -60_000 ? undefined : Math.max(1, Math.ceil(left / 60_000))
}

/** Who leads, or who stands by while nobody does. */
export const first = (it: FamilyCase): Coming | undefined => it.coming[0]

/** The sentence about who is coming: its key under `coming`. */
export function comingKey(it: FamilyCase, now: number): string {
  if (it.state === 'closed' || it.state === 'resolved') return 'over'
  const who = first(it)
  if (!who) return 'nobody'
  if (who.stage === 'inside' || who.stage === 'done') return 'inside'
  if (who.stage === 'arrived') return it.no_entry ? 'noEntry' : 'arrived'
  return minutes(who, now) === undefined ? 'soon' : 'minutes'
}

export function tone(it: FamilyCase): Tone {
  if (it.state === 'closed' || it.state === 'resolved') return it.outcome === 'false_alarm' || it.outcome === 'fine_by_voice' ? 'well' : 'over'
  const who = first(it)
  if (who && (who.stage === 'arrived' || who.stage === 'inside' || who.stage === 'done')) return 'there'
  return who ? 'coming' : 'alarm'
}

/** The sentence of one line: its key under `line`, and what is said after it. */
export function lineKey(it: Line): string {
  switch (it.what) {
    case 'voice': return `voice_${it.voice ?? 'unclear'}`
    case 'over': return `over_${it.outcome ?? 'other'}`
    case 'you_said': return `said_${it.said ?? 'seen'}`
    default: return it.what
  }
}

/** `role`, or `role` with a family name. */
export const roleKey = (it: Who): string => (it.you ? 'you' : it.role)

/** From the press to the door, minutes; none: nobody came to the door. */
export function minutesToDoor(it: FamilyCase): number | undefined {
  const door = it.lines.find(line => line.what === 'at_door' || line.what === 'with_elder')
  return door ? Math.max(1, Math.round((Date.parse(door.at) - Date.parse(it.opened_at)) / 60_000)) : undefined
}

/** The month before or after: `2026-12` → `2027-01`. */
export function otherMonth(month: string, by: 1 | -1): string {
  const [year, number] = month.split('-').map(Number) as [number, number]
  const at = year * 12 + number - 1 + by
  return `${Math.floor(at / 12)}-${String(at % 12 + 1).padStart(2, '0')}`
}
