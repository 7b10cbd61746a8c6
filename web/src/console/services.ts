// Requests for service: in which order they stand, and the words of their pages, which come with the first of them.
import { useI18n } from 'vue-i18n'
import type { CaseView, Schemas } from '../shared/api/client'
import { isOver } from './queue'
import en from './i18n/services/en.json'
import zh from './i18n/services/zh-CN.json'

export type Option = Schemas['StationOptionDto']
export const ANSWERS = ['confirm', 'propose', 'decline'] as const
export const DECLINES = ['closed', 'full', 'no_staff', 'too_far', 'not_given'] as const
export const CANCELS = ['not_wanted', 'otherwise', 'no_station', 'mistake'] as const
export const RATINGS = ['satisfied', 'fairly_satisfied', 'dissatisfied'] as const

let there = false
/** To be said before the first of them is shown. */
export function useServiceWords() {
  const { mergeLocaleMessage } = useI18n()
  if (there) return
  there = true
  mergeLocaleMessage('zh-CN', zh)
  mergeLocaleMessage('en', en)
}

/** What somebody at the desk has to do about it; none: others have it in hand. */
export function wants(it: CaseView): 'station' | 'silent' | 'agree' | 'overdue' | 'wish' | null {
  if (isOver(it)) return null
  const service = it.service
  if (!service) return 'wish'
  if (service.stage === 'wished') return 'station'
  if (service.stage === 'proposed') return 'agree'
  if (service.overdue) return 'overdue'
  return service.silent ? 'silent' : null
}

/** What wants a hand first, then the oldest. */
export function byWant(a: CaseView, b: CaseView): number {
  return Number(!wants(a)) - Number(!wants(b)) || (a.opened_at < b.opened_at ? -1 : 1)
}

/** A reason with its figure: `places_free:4`. */
export function reason(text: string): { key: string, n: string } {
  const [key = '', n = ''] = text.split(':')
  return { key, n }
}
