// Why something was not taken: the fields by their names on the page, each with its reason.
import { useI18n } from 'vue-i18n'
import { Problem } from '../shared/api/problem'
import { useProblem } from '../shared/ui/useProblem'
import { sentence } from './imports'

/** What the service says of a field, in the reader's language where there are words for it. */
export function useReason() {
  const { t } = useI18n()
  return (message: string): string => {
    const found = sentence(message)
    return found ? t(`office.imp.say.${found.key}`, found.values) : message
  }
}

export function useFields() {
  const { t, te } = useI18n()
  const explain = useProblem()
  const reason = useReason()
  return (error: unknown): string => {
    if (!(error instanceof Problem) || !error.fields.length) return explain(error)
    // `shifts[0].from` is called as `from` is.
    const name = (field: string) => {
      const last = field.split('.').at(-1) ?? field
      return te(`office.field.${last}`) ? t(`office.field.${last}`) : field
    }
    return error.fields.map(it => t('office.fieldIs', { name: name(it.field), why: te(`office.why.${it.code}`) ? t(`office.why.${it.code}`) : reason(it.message) })).join(' ')
  }
}
