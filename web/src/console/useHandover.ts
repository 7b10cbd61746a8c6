// The hand-over of the desk: what is going on, what is on the sheet, and what this person does about it.
//
// Asked for again every few seconds: the other one signs at another desk, perhaps on another node, and a case may come in the
// middle. What must be signed is the service's to say; this page only sorts it.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { api, body, newKey, type Schemas } from '../shared/api/client'
import { useLive } from '../shared/live/useLive'
import { useProblem } from '../shared/ui/useProblem'
import { type Handover, type Sheet, unsigned } from './handover'
import { useDesk } from './useDesk'
import { useToasts } from './useToasts'

const EVERY_MS = 5_000

export const useHandover = defineStore('handover', () => {
  const { t } = useI18n()
  const live = useLive()
  const desk = useDesk()
  const toasts = useToasts()
  const explain = useProblem()

  const shown = ref(false)
  /** It has been shown once: what draws it is fetched only then. */
  const wanted = ref(false)
  /** Those that go on, around this desk. */
  const pending = shallowRef<readonly Handover[]>([])
  const sheet = shallowRef<Sheet | null>(null)
  const notes = shallowRef<readonly Schemas['HandoverNoteDto'][]>([])
  const past = shallowRef<readonly Handover[]>([])
  const busy = ref(false)

  const own = computed(() => pending.value.find(it => it.from.user_id === desk.mine))
  const others = computed(() => pending.value.filter(it => it.from.user_id !== desk.mine))
  const isOwn = computed(() => sheet.value?.handover.from.user_id === desk.mine)
  const isOpen = computed(() => sheet.value?.handover.state === 'open')
  const missing = computed(() => (sheet.value ? unsigned(sheet.value, desk.mine) : []))

  async function quietly<T>(asked: Promise<T>): Promise<T | undefined> {
    try {
      return await asked
    } catch {
      return undefined // asked again in a moment; the bar says when the link is cut
    }
  }
  async function look() {
    if (document.hidden) return
    const page = await quietly(body(api.GET('/api/v1/handovers', { params: { query: { open: true } } })))
    if (page) pending.value = page.items
    if (shown.value && isOpen.value) await read()
  }
  /** The sheet of a hand-over, or again the one on screen. */
  async function read(id = sheet.value?.handover.id) {
    if (!id) return
    const it = await quietly(body(api.GET('/api/v1/handovers/{id}', { params: { path: { id } } })))
    if (it) take(it)
  }
  function take(it: Sheet) {
    const before = sheet.value?.handover
    if (before?.id === it.handover.id && before.version > it.handover.version) return
    const more = it.handover.notes > 0 && (before?.id !== it.handover.id || before.notes !== it.handover.notes)
    sheet.value = it
    if (it.handover.notes === 0) notes.value = []
    if (more && desk.mayAct) void readNotes(it.handover.id)
  }
  /** Each look at the texts is written down: they are asked for when there is a new one. */
  async function readNotes(id: string) {
    const page = await quietly(body(api.GET('/api/v1/handovers/{id}/notes', { params: { path: { id } } })))
    if (page && sheet.value?.handover.id === id) notes.value = page.items
  }
  async function readPast() {
    const page = await quietly(body(api.GET('/api/v1/handovers', { params: { query: { limit: 50 } } })))
    if (page) past.value = page.items.filter(it => it.state !== 'open')
  }

  async function act(asked: () => Promise<Sheet>, said?: string): Promise<boolean> {
    busy.value = true
    try {
      take(await asked())
      if (said) toasts.say(said)
      return true
    } catch (error) {
      toasts.say(`${t('act.failed')}: ${explain(error)}`, 'bad')
      await read()
      return false
    } finally {
      busy.value = false
      void look()
    }
  }
  const begin = () => act(() => body(api.POST('/api/v1/handovers', { body: {} })), t('handover.begunSaid'))
  const at = () => ({ path: { id: sheet.value?.handover.id ?? '' } })
  const note = (text: string) => act(() => body(api.POST('/api/v1/handovers/{id}/note', { params: at(), body: { text }, headers: { 'idempotency-key': newKey() } })))
  const sign = (caseId: string, version: number) => act(() => body(api.POST('/api/v1/handovers/{id}/sign', { params: at(), body: { case_id: caseId, version } })))
  const complete = () => act(() => body(api.POST('/api/v1/handovers/{id}/complete', { params: at() })), t('handover.doneSaid'))
  const withdraw = () => act(() => body(api.POST('/api/v1/handovers/{id}/withdraw', { params: at() })), t('handover.withdrawnSaid'))

  /** The drawer: one's own hand-over, or the one that waits for somebody to come. */
  function show() {
    shown.value = true
    wanted.value = true
    const first = own.value ?? others.value[0]
    sheet.value = null
    notes.value = []
    if (first) void read(first.id)
    void look().then(() => {
      const it = own.value ?? others.value[0]
      if (!sheet.value && it) void read(it.id)
    })
    void readPast()
  }
  watch(() => sheet.value?.handover.state, (now, before) => { if (before === 'open' && now !== 'open') void readPast() })
  // Who hands over learns that somebody has come, whatever is on the screen.
  watch(own, async (now, before) => {
    if (!before || now) return
    const it = await quietly(body(api.GET('/api/v1/handovers/{id}', { params: { path: { id: before.id } } })))
    if (it?.handover.by) toasts.say(t('handover.takenBy', { name: it.handover.by.username }))
  })
  // A case that comes or goes in the middle: the sheet is asked for at once.
  const critical = computed(() => [...live.cases.values()].filter(it => it.severity === 'critical').map(it => `${it.id}${it.state === 'closed' ? '!' : ''}`).sort().join())
  watch(critical, () => { if (shown.value && isOpen.value) void read() })

  let timer: ReturnType<typeof setInterval> | undefined
  function open() {
    void look()
    timer = setInterval(() => void look(), EVERY_MS)
  }
  function close() {
    clearInterval(timer)
    shown.value = false
    pending.value = []
    past.value = []
    sheet.value = null
    notes.value = []
  }
  return { shown, wanted, pending, own, others, sheet, notes, past, busy, isOwn, isOpen, missing, look, read, begin, note, sign, complete, withdraw, show, open, close }
})
