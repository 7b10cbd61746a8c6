// Telephone calls from the case before the desk: whether there is a line, from which telephone they begin, how far each has come.
// Without a line nothing is asked for again, and the number is shown as before.
import { useIntervalFn, useLocalStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { api, body, type Schemas } from '../shared/api/client'
import { useSession } from '../shared/api/session'
import { useLive } from '../shared/live/useLive'
import { useProblem } from '../shared/ui/useProblem'
import { useDesk } from './useDesk'
import { useToasts } from './useToasts'

export type PhoneCall = Schemas['CallDto']

/** Whether a call goes on. */
export const goesOn = (it: PhoneCall) => it.state !== 'ended' && it.state !== 'failed'

/** Since when a call is as it is. */
export function since(it: PhoneCall): string {
  switch (it.state) {
    case 'ringing': return it.ringing_at ?? it.asked_at
    case 'answered': return it.answered_at ?? it.asked_at
    case 'held': return it.held_at ?? it.asked_at
    default: return it.asked_at
  }
}

export const useCalls = defineStore('calls', () => {
  const { t } = useI18n()
  const session = useSession()
  const live = useLive()
  const desk = useDesk()
  const toasts = useToasts()
  const explain = useProblem()

  /** Null: not asked yet. */
  const line = shallowRef<Schemas['TelephonyDto'] | null>(null)
  const calls = shallowRef<PhoneCall[]>([])
  const busy = ref(false)
  const on = computed(() => line.value?.on === true)
  /** Something is shown of calls: a line that only asks by itself has no key. */
  const shown = computed(() => on.value || (line.value?.check_after_s ?? 0) > 0)

  // ------------------------------------------------------------------ which telephone is this desk's
  const kept = useLocalStorage<Record<string, string>>('ecd.deskPhone', {})
  const extension = computed({
    get: () => {
      const chosen = kept.value[session.me?.user_id ?? '']
      const all = line.value?.desks ?? []
      return all.some(it => it.extension === chosen) ? chosen! : all.length === 1 ? all[0]!.extension : ''
    },
    set: it => { kept.value = { ...kept.value, [session.me?.user_id ?? '']: it } },
  })

  async function ask() {
    if (!session.signedIn || !desk.mayAct || !live.isLive) return
    try {
      line.value = await body(api.GET('/api/v1/telephony'))
    } catch {
      // Asked again when the line to the service is there again.
    }
  }
  watch(() => [session.me?.user_id, live.isLive], () => void ask(), { immediate: true })

  // ------------------------------------------------------------------ the calls of the case
  async function read() {
    const id = desk.selected
    if (!id || !shown.value || !live.isLive) return
    try {
      const found = await body(api.GET('/api/v1/cases/{id}/calls', { params: { path: { id } } }))
      if (desk.selected === id) calls.value = found.items
    } catch {
      // The next look asks again.
    }
  }
  watch(() => desk.selected, () => { calls.value = []; void read() })
  watch(() => [desk.current?.version, shown.value, desk.dialog], () => void read())
  const last = computed(() => calls.value.at(-1))
  /** The one that goes on: the desk's before a machine's. */
  const current = computed(() => calls.value.find(it => goesOn(it) && it.purpose === 'desk') ?? calls.value.find(goesOn))
  // The socket says that something has changed; what another node knows is found by asking all the same.
  const heard = computed(() => live.calls.filter(it => it.case === desk.selected).map(it => `${it.call} ${it.state} ${it.held_long}`).join())
  watch(heard, () => void read())
  useIntervalFn(() => { if (current.value) void read() }, 2_000)

  function put(it: PhoneCall) {
    if (it.case_id !== desk.selected) return
    calls.value = [...calls.value.filter(one => one.id !== it.id), it]
  }
  async function call(callee: string) {
    const id = desk.selected
    if (!id || busy.value) return
    busy.value = true
    try {
      put(await body(api.POST('/api/v1/cases/{id}/calls', { params: { path: { id } }, body: { callee, desk: extension.value } })))
    } catch (error) {
      toasts.say(`${t('act.failed')}: ${explain(error)}`, 'bad')
    } finally {
      busy.value = false
    }
  }
  async function hangUp(it: PhoneCall) {
    busy.value = true
    try {
      put(await body(api.POST('/api/v1/cases/{id}/calls/{rid}/hang-up', { params: { path: { id: it.case_id, rid: it.id } } })))
    } catch (error) {
      toasts.say(`${t('act.failed')}: ${explain(error)}`, 'bad')
    } finally {
      busy.value = false
    }
  }
  return { line, on, shown, extension, calls, current, last, busy, call, hangUp }
})
