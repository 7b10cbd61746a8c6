// Words of the service (`sos`, `no_answer`, `living_alone`) as people read them. One that this page does not know is shown as it is.
import { useI18n } from 'vue-i18n'

export type Table =
  | 'severity' | 'tier' | 'state' | 'kind' | 'clock' | 'voice' | 'place' | 'stage' | 'offer' | 'mode' | 'reach' | 'outcome'
  | 'proof' | 'falseReason' | 'need' | 'contactMode' | 'hearing' | 'step' | 'why' | 'reason' | 'agency' | 'role' | 'lane' | 'relation' | 'aftercare' | 'askedBy' | 'askedWhom' | 'satisfaction' | 'skill' | 'familySaid'

/** What was looked up, by language and key: a desk with many cases asks for the same few hundreds of times a second. */
const found = new Map<string, string>()

export function useWords() {
  const { t, te, locale } = useI18n()
  function word(table: Table, value: string | null | undefined): string {
    if (!value) return ''
    const key = `words.${table}.${value}`
    const known = found.get(locale.value + key)
    if (known !== undefined) return known
    // A word that is not there may come with a later piece of the page.
    if (!te(key) && !te(key, 'en')) return value.replaceAll('_', ' ')
    const said = t(key)
    found.set(locale.value + key, said)
    return said
  }
  /** `a、b` or `a, b`. */
  const list = (parts: readonly string[]) => parts.filter(Boolean).join(locale.value === 'zh-CN' ? '、' : ', ')
  /** A reason of the ranking: a word, and for some a figure after a colon. */
  function because(reason: string): string {
    return list(reason.split(',').map(part => {
      const [name, value] = part.trim().split(':')
      return word('reason', name) + (value ? ` ${value}` : '')
    }))
  }
  return { t, word, list, because, locale }
}
