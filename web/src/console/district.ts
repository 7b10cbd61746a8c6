// Words and rules of the district's board.
import { useI18n } from 'vue-i18n'
import en from './i18n/district/en.json'
import zh from './i18n/district/zh-CN.json'
import type { Handup, Street } from './useDistrict'

let there = false
/** To be said before the first of them is shown. */
export function useDistrictWords() {
  const { mergeLocaleMessage } = useI18n()
  if (there) return
  there = true
  mergeLocaleMessage('zh-CN', zh)
  mergeLocaleMessage('en', en)
}

/** What is told of it may be old: the line does not stand. */
export const isOld = (it: Street) => it.link !== 'up'
/** The street that needs a look first: what rings, what nobody has answered, what is cut off, what is grave. */
export function byWant(a: Street, b: Street): number {
  const rank = (it: Street) => [it.rings ? 0 : 1, -it.unanswered, isOld(it) ? 0 : 1, -it.critical]
  const [x, y] = [rank(a), rank(b)]
  for (let n = 0; n < x.length; n += 1) if (x[n] !== y[n]) return (x[n] ?? 0) - (y[n] ?? 0)
  return a.label.localeCompare(b.label)
}
/** What rings first, then what waits, then the newest. */
export function byCall(a: Handup, b: Handup): number {
  const rank = (it: Handup) => (it.rings ? 0 : it.standing === 'waiting' ? 1 : 2)
  return rank(a) - rank(b) || b.received_at.localeCompare(a.received_at)
}
