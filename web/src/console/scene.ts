// What the desk does beside a case with others: hand it over, and open a door. Words and rules of both.
import { useI18n } from 'vue-i18n'
import type { CaseView, Schemas } from '../shared/api/client'
import { local } from '../shared/time/zone'
import entryEn from '../shared/i18n/entry/en.json'
import entryZh from '../shared/i18n/entry/zh-CN.json'
import en from './i18n/scene/en.json'
import zh from './i18n/scene/zh-CN.json'

let there = false
/** To be said before the first of them is shown. */
export function useSceneWords() {
  const { mergeLocaleMessage } = useI18n()
  if (there) return
  there = true
  mergeLocaleMessage('zh-CN', { ...zh, ...entryZh })
  mergeLocaleMessage('en', { ...en, ...entryEn })
}

export type Referral = Schemas['ReferralDto']
/** Neither acknowledged nor waived: the case does not close. */
export const isWaiting = (it: Referral) => !it.acknowledged_at && !it.waived_at
export const waitingOf = (it: CaseView): Referral[] => it.referrals.filter(isWaiting)

/** A line of the sheet: what it is, and what it says. */
export interface Line { name: string, text: string }
/** The page of the sheet without its look: the policy of ours lets no style in, and what is printed has its own. */
const pageOf = (html: string) => new DOMParser().parseFromString(html.replace(/<style[^>]*>[^<]*<\/style>/g, ''), 'text/html')
/** The sheet as the service prints it, line by line: the table above that for whoever takes it. */
export function linesOf(html: string): Line[] {
  return [...pageOf(html).querySelectorAll('body > table:first-of-type tr')].map(row => ({ name: row.querySelector('th')?.textContent?.trim() ?? '', text: row.querySelector('td')?.textContent?.trim() ?? '' }))
}
/** What goes to the printer: the page's own nodes, without its look. */
export const paperOf = (html: string): Node[] => [...pageOf(html).body.childNodes]
export const asText = (lines: readonly Line[], colon: string) => lines.map(it => `${it.name}${colon}${it.text}`).join('\n')

/** The last instant at which the street's clocks showed this time (`14:05`): somebody who tells of it speaks of what was. */
export function lastAt(clock: string, now: number): string | null {
  const found = /^(\d{1,2}):(\d{2})$/.exec(clock.trim())
  if (!found || Number(found[1]) > 23 || Number(found[2]) > 59) return null
  const today = local(now)
  const ahead = today.getTime() - now
  const then = Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate(), Number(found[1]), Number(found[2])) - ahead
  return new Date(then > now ? then - 86_400_000 : then).toISOString()
}
