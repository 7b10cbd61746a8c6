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
    const name = (field: string) => (te(`office.field.${field}`) ? t(`office.field.${field}`) : field)
    return error.fields.map(it => t('office.fieldIs', { name: name(it.field), why: reason(it.message) })).join(' ')
  }
}
