// Words of the register's pages: they come with the first of them.
import { useI18n } from 'vue-i18n'
import en from './i18n/office/en.json'
import zh from './i18n/office/zh-CN.json'

let there = false
/** To be said before the first of them is shown. */
export function useOfficeWords() {
  const { mergeLocaleMessage } = useI18n()
  if (there) return
  there = true
  mergeLocaleMessage('zh-CN', zh)
  mergeLocaleMessage('en', en)
}
