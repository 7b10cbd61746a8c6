// The family asks how it is getting on: said at the desk with a tone of its own, once for each time, whoever holds the case.
import { watch } from 'vue'
import { useI18n } from 'vue-i18n'
import type { CaseView } from '../shared/api/client'
import { useLive } from '../shared/live/useLive'
import { isOver } from './queue'
import { subjectOf } from './subject'
import { useDesk } from './useDesk'
import { useRegister } from './useRegister'
import { useSound } from './useSound'
import { useToasts } from './useToasts'

export const urgesOf = (it: CaseView): number => (it.family ?? []).filter(one => one.said === 'urge').length

export function useUrges() {
  const { t } = useI18n()
  const live = useLive()
  const desk = useDesk()
  const register = useRegister()
  const sound = useSound()
  const toasts = useToasts()
  const heard = new Map<string, number>()

  watch(() => live.cases, cases => {
    for (const it of cases.values()) {
      const now = urgesOf(it)
      // What was urged before this page was opened stands in its row, and is no news.
      const before = heard.get(it.id) ?? now
      heard.set(it.id, now)
      if (now <= before || isOver(it) || !desk.mayAct) continue
      toasts.say(t('queue.urged', { who: subjectOf(it, t, register.name) }), 'bad')
      if (!sound.muted) void sound.test('urgent')
    }
    for (const id of heard.keys()) if (!cases.has(id)) heard.delete(id)
  }, { immediate: true })
}
