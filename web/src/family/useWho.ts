// Who somebody is, for the family: what they are, and a family name.
import { useI18n } from 'vue-i18n'
import type { Who } from './ask'
import { roleKey } from './plain'

export function useWho() {
  const { t, te } = useI18n()
  return (it: Who): string => {
    const role = t(te(`who.${roleKey(it)}`) ? `who.${roleKey(it)}` : 'who.helper')
    return it.family_name && !it.you ? t('who.named', { role, name: it.family_name }) : role
  }
}
