// Words of the rounds, and what a month's figures say.
import { useI18n } from 'vue-i18n'
import type { Schemas } from '../shared/api/client'
import { local } from '../shared/time/zone'
import en from './i18n/visits/en.json'
import zh from './i18n/visits/zh-CN.json'

let there = false
/** To be said before the first of them is shown. */
export function useVisitWords() {
  const { mergeLocaleMessage } = useI18n()
  if (there) return
  there = true
  mergeLocaleMessage('zh-CN', zh)
  mergeLocaleMessage('en', en)
}

export const STATES = ['due', 'overdue', 'all'] as const
export type State = typeof STATES[number]

/** `2026-03` of the street's calendar, `by` months from the present one. */
export function monthOf(now: number, by = 0): string {
  const it = local(now)
  return new Date(Date.UTC(it.getUTCFullYear(), it.getUTCMonth() + by, 1)).toISOString().slice(0, 7)
}

/** Hundredths of a percent as people read them: nobody who was missed is rounded away. */
export const percent = (bp: number | null | undefined): string => (bp == null ? '–' : `${(Math.floor(bp / 10) / 10).toFixed(1)} %`)

/** Where the most is left to do stands first: overdue, then what nobody holds, then due. */
export function byNeed(sums: readonly Schemas['VisitSumDto'][]): Schemas['VisitSumDto'][] {
  return [...sums].sort((a, b) => b.overdue - a.overdue || b.unheld - a.unheld || b.due - a.due || a.id.localeCompare(b.id))
}

/** The grid with the lowest rate first; one without elders last. */
export function byRate(sums: readonly Schemas['CoverageSumDto'][]): Schemas['CoverageSumDto'][] {
  return [...sums].sort((a, b) => (a.rate_bp ?? 10_001) - (b.rate_bp ?? 10_001) || a.area_code.localeCompare(b.area_code))
}

/** Which of the plan's hours is wrong, before the service is asked; none: they fit. */
export function hoursWrong(from: string, until: string): 'until' | null {
  return from && until && from >= until ? 'until' : null
}
