// The practice: whether this desk takes part, who else does, and how a practice case begins.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { api, body, pages, type Schemas } from '../shared/api/client'
import { useSession } from '../shared/api/session'
import { useProblem } from '../shared/ui/useProblem'
import { useToasts } from './useToasts'

const EVERY_MS = 10_000
export type Elder = Schemas['ElderDto']

export const usePractice = defineStore('practice', () => {
  const { t } = useI18n()
  const session = useSession()
  const toasts = useToasts()
  const explain = useProblem()
  const now = shallowRef<Schemas['PracticeDto'] | null>(null)
  const busy = ref(false)
  const dialog = ref(false)
  const joined = computed(() => now.value?.joined ?? false)
  const may = computed(() => session.me?.role === 'dispatcher' || session.me?.role === 'duty_leader')

  let timer: ReturnType<typeof setInterval> | undefined
  async function look() {
    if (document.hidden || !may.value) return
    try {
      now.value = await body(api.GET('/api/v1/practice'))
    } catch {
      // The last answer stays; the bar says when the link is cut.
    }
  }
  function open() {
    timer = setInterval(() => void look(), EVERY_MS)
    void look()
  }
  function close() {
    clearInterval(timer)
    now.value = null
    dialog.value = false
  }

  async function attempt<T>(what: () => Promise<T>): Promise<T | undefined> {
    busy.value = true
    try {
      return await what()
    } catch (error) {
      toasts.say(`${t('act.failed')}: ${explain(error)}`, 'bad')
      return undefined
    } finally {
      busy.value = false
    }
  }
  const put = (on: boolean) => attempt(async () => {
    now.value = await body(api.PUT('/api/v1/practice', { body: { on } }))
    if (!on) dialog.value = false
  })
  /** Begins a practice case about an elder; its id. */
  const begin = (elder: string, kind: string) => attempt(async () => {
    const { case_id } = await body(api.POST('/api/v1/alerts', { body: { kind, elder_id: elder, drill: true } as Schemas['AlertIn'] }))
    dialog.value = false
    return case_id
  })

  const elders = shallowRef<Elder[]>([])
  /** About whom: read once, when somebody looks. */
  async function readElders() {
    if (elders.value.length) return
    await attempt(async () => {
      elders.value = await pages(cursor => body(api.GET('/api/v1/elders', { params: { query: { limit: 500, cursor } } })), 40)
    })
  }

  return { now, busy, dialog, joined, may, elders, open, close, put, begin, readElders }
})
