// A problem as a sentence in the reader's language.
import { useI18n } from 'vue-i18n'
import { Problem } from '../api/problem'
import { useWords } from '../i18n/words'

export function useProblem() {
  const { t, te } = useI18n()
  const { word } = useWords()
  return (error: unknown): string => {
    if (!(error instanceof Problem)) return t('problem.other', { code: error instanceof Error ? error.message : String(error) })
    const key = `problem.${error.code}`
    if (error.code === 'other_client') return t(key, { role: word('role', error.message) })
    return te(key) ? t(key) : t('problem.other', { code: error.code })
  }
}
