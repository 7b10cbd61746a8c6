// Words of pages that are fetched after the first one stands: they are no burden to it.
import { useI18n } from 'vue-i18n'
import en from './i18n/later/en.json'
import zh from './i18n/later/zh-CN.json'

let there = false
/** To be said before the first of them is shown. */
export function useLaterWords() {
  const { mergeLocaleMessage } = useI18n()
  if (there) return
  there = true
  mergeLocaleMessage('zh-CN', zh)
  mergeLocaleMessage('en', en)
}
