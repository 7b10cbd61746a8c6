// Words of a forced entry: they come with its list.
import { useI18n } from 'vue-i18n'
import en from '../shared/i18n/entry/en.json'
import zh from '../shared/i18n/entry/zh-CN.json'
import { useLaterWords } from './later'

let there = false
/** To be said before the first of them is shown. */
export function useEntryWords() {
  useLaterWords()
  const { mergeLocaleMessage } = useI18n()
  if (there) return
  there = true
  mergeLocaleMessage('zh-CN', zh)
  mergeLocaleMessage('en', en)
}
