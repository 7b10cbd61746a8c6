// Words of the plans, and what of them a page reckons by itself: order, hours, and which mistake belongs to which field.
import { useI18n } from 'vue-i18n'
import type { Schemas } from '../shared/api/client'
import { aheadAt } from '../shared/time/zone'
import en from './i18n/plans/en.json'
import zh from './i18n/plans/zh-CN.json'

let there = false
/** To be said before the first of them is shown. */
export function usePlanWords() {
  const { mergeLocaleMessage } = useI18n()
  if (there) return
  there = true
  mergeLocaleMessage('zh-CN', zh)
  mergeLocaleMessage('en', en)
}

export type Rule = Schemas['PlanRuleDto']
export type Own = Schemas['OwnPlansDto']
export type Wrong = Schemas['FieldError']
export type Change = Schemas['PlanChangeDto']

export const KINDS = ['sos', 'fall', 'smoke', 'gas', 'co', 'duress', 'unknown', 'inactivity', 'offline', 'vital', 'geofence', 'water_leak', 'missed_visit', 'service_request', 'follow_up', 'welfare_review', 'device_fault', 'low_battery', 'tamper', 'link_loss', 'power_loss', 'outage', 'area_alert'] as const
/** What a preview may be asked of: what is reported of an elder. */
export const REPORTED = KINDS.filter(it => !['duress', 'follow_up', 'welfare_review', 'outage', 'area_alert'].includes(it))
export const NEEDS = ['high_risk', 'living_alone', 'disabled', 'general', 'medical', 'mental_social', 'away'] as const
export const STEPS = ['desk', 'home', 'family', 'grid', 'street', 'medical', 'fire_post', 'police_grid', 'prompt120', 'prompt119', 'duty_leader', 'civil_affairs'] as const
const YES_NO = ['pair', 'key_fine', 'family_at_opening']
const PEOPLE = ['ask_first', 'ask_wide', 'backups']
export const LIMITS = ['door_s', 'look_s', 'ask_first', 'ask_wide', 'backups', 'pair', 'voice_widen_s', 'voice_street_s', 'key_fine', 'silence_s', 'silence_call_s', 'window_s', 'depart_s', 'progress_s', 'replace_s', 'contact_s', 'checkin_s', 'untouched_s', 'ring_s', 'referral_s', 'station_s', 'family_try_s', 'family_at_opening'] as const
export type Limit = typeof LIMITS[number]
/** What a limit is counted in. */
export const unit = (limit: string): 'yesNo' | 'people' | 'seconds' => (YES_NO.includes(limit) ? 'yesNo' : PEOPLE.includes(limit) ? 'people' : 'seconds')

/** A rule that sets no limit itself. What is absent is as the common limits say; the contract's type names every field all the same. */
export const noLimits = () => ({}) as NonNullable<Rule['limits']>
/** A copy that may be changed. */
export const copy = <T>(it: T): T => JSON.parse(JSON.stringify(it)) as T
/** Steps in the order of their time; at the same time as they stood. */
export const inOrder = (steps: Rule['steps']): Rule['steps'] => [...steps].sort((a, b) => a.at_s - b.at_s)
/** The mistakes of one place, by what comes after it: those of `rules[2]` are `steps[0].at_s`, `kinds`, … */
export function wrongsOf(wrongs: readonly Wrong[], place: string): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (const it of wrongs) {
    if (!it.field.startsWith(`${place}.`)) continue
    ;(found[it.field.slice(place.length + 1)] ??= []).push(it.message)
  }
  return found
}
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^must be (\d+) to (\d+) seconds$/, 'between_s'], [/^must be (\d+) to (\d+)$/, 'between'], [/^at most (\d+) seconds for a critical kind, not (\d+)( \(the common limits say so\))?$/, 'critical'],
  [/^at most (\d+) (?:steps|rules)$/, 'many'], [/^must not be less than ask_first$/, 'wide'], [/^names no kind$/, 'kind'], [/^the service's own alarm/, 'self'], [/^from_hour and until_hour go together$/, 'hours'],
  [/^is the same hour as from_hour/, 'sameHour'], [/^there is no step/, 'noStep'], [/^stands twice/, 'twice'], [/^is earlier than the step before it$/, 'order'], [/^nothing happens at second 0$/, 'nothing'],
  [/^a critical alert rings the desk/, 'desk'], [/^a critical alert has an owner/, 'owner'], [/^there is no street step/, 'noStreet'], [/^the street owns a critical case within (\d+) seconds$/, 'street'],
  [/^is before the step of a lower tier/, 'climbs'], [/^is for a rule whose kinds are `sos` alone$/, 'sosOnly'], [/^there must be at least one rule$/, 'noRule'],
]
/** What the service says of a mistake, as a key of `plan.why` and its figures; none: a sentence that is not known here. */
export function reasonOf(message: string): { key: string, values: { a: string, b: string } } | undefined {
  for (const [pattern, key] of REASONS) {
    const found = pattern.exec(message)
    if (found) return { key, values: { a: found[1] ?? '', b: found[2] ?? '' } }
  }
  return undefined
}
/** Hours in a row as spans, `[[20, 6]]`; over midnight as one. */
export function spans(hours: readonly number[]): [number, number][] {
  const found: [number, number][] = []
  for (const it of [...hours].sort((a, b) => a - b)) {
    const last = found.at(-1)
    if (last && last[1] === it) last[1] = it + 1
    else found.push([it, it + 1])
  }
  const [first, last] = [found[0], found.at(-1)]
  if (first && last && first !== last && first[0] === 0 && last[1] === 24) {
    found.pop()
    found[0] = [last[0], first[1]]
  }
  return found
}
/** An instant from what somebody typed by the street's clock; none: nothing was typed. */
export function instant(typed: string): string | undefined {
  if (!typed) return undefined
  const read = Date.parse(`${typed}Z`)
  return Number.isNaN(read) ? undefined : new Date(read - aheadAt(read) * 60_000).toISOString()
}
/** A number that was typed; none: the field is empty. */
export const typedNumber = (it: unknown): number | undefined => (it === '' || it == null || Number.isNaN(Number(it)) ? undefined : Math.max(0, Math.round(Number(it))))
