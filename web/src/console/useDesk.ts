// What the desk has before it: which case, its log, which dialog; and what the desk asks of a case.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { api, body, newKey, type CaseView, type Schemas } from '../shared/api/client'
import { useSession } from '../shared/api/session'
import { useWords } from '../shared/i18n/words'
import { useLive } from '../shared/live/useLive'
import { useProblem } from '../shared/ui/useProblem'
import { exclusions, type LogRecord } from './course'
import { type Candidate, candidatesOf } from './people'
import { isOver } from './queue'
import { usePractice } from './usePractice'
import { useRegister } from './useRegister'
import { useToasts } from './useToasts'

export type Dialog = 'refer' | 'note' | 'false' | 'resolve' | 'close' | 'lower' | 'reopen' | 'escalate' | 'call' | 'keys' | 'sound' | 'referral' | 'entry'
/** A way of the contract that is about one case and answers it. */
type CaseCommand = Extract<keyof import('../shared/api/schema').paths, `/api/v1/cases/{id}/${string}`>

/** Between two looks at who is near a case, when only people have moved. */
const REACH_EVERY_MS = 6_000

/** Whoever is sent, by rank or by name. */
type Sendable = Pick<Candidate, 'responder_id' | 'name' | 'holds'>

export const useDesk = defineStore('desk', () => {
  const { t } = useI18n()
  const { word } = useWords()
  const live = useLive()
  const session = useSession()
  const register = useRegister()
  const practice = usePractice()
  const toasts = useToasts()
  const explain = useProblem()

  const selected = ref<string | null>(null)
  const current = computed(() => (selected.value ? live.cases.get(selected.value) : undefined))
  const dialog = ref<Dialog | null>(null)
  const referTo = ref('120')
  /** Which hand-over its dialog is about. */
  const referral = ref<string | null>(null)
  const mine = computed(() => session.me?.user_id)
  const mayAct = computed(() => session.me?.role === 'dispatcher' || session.me?.role === 'duty_leader')
  const canAct = computed(() => mayAct.value && live.isLive)

  // ------------------------------------------------------------------ which case
  function choose(id: string | null) {
    if (selected.value === id) return
    selected.value = id
    live.keep(id)
    log.value = []
    reached.value = null
    dialog.value = null
    takingOver.value = null
  }

  // ------------------------------------------------------------------ its log
  const log = shallowRef<LogRecord[]>([])
  let reading = false
  async function readLog() {
    const it = current.value
    if (!it || reading) return
    reading = true
    let heard = false
    try {
      for (;;) {
        const after = log.value.at(-1)?.version ?? 0
        const page = await body(api.GET('/api/v1/cases/{id}/events', { params: { path: { id: it.id }, query: { after, limit: 500 } } }))
        if (selected.value !== it.id) return
        log.value = [...log.value, ...(page.items as unknown as LogRecord[])]
        heard = true
        if (!page.next || page.items.length === 0) return
      }
    } catch {
      // The next change asks again.
    } finally {
      reading = false
      const now = current.value
      // Another case, or another record of this one, while it was read.
      if (now && (now.id !== it.id || (heard && now.version !== it.version))) void readLog()
    }
  }
  watch(() => [selected.value, current.value?.version, live.isLive] as const, () => {
    const it = current.value
    if (it && (log.value.at(-1)?.version ?? 0) < it.version) void readLog()
  })

  // ------------------------------------------------------------------ who could be sent
  /** Who of those at work is how far; null: not answered yet, which is not "nobody". */
  const reached = shallowRef<Schemas['ReachedDto'][] | null>(null)
  let reachedAt = 0
  let later: ReturnType<typeof setTimeout> | undefined
  async function readReach(moved: boolean) {
    const it = current.value
    const id = selected.value
    clearTimeout(later)
    if (!it?.place || isOver(it)) return
    // Somebody moves every second: who is near is asked for less often than that.
    const pause = moved ? reachedAt + REACH_EVERY_MS - Date.now() : 0
    if (pause > 0) {
      later = setTimeout(() => void readReach(true), pause)
      return
    }
    reachedAt = Date.now()
    try {
      const answer = await body(api.POST('/api/v1/reach', { body: { lat: it.place.lat, lon: it.place.lon, crs: 'wgs84', minutes: 15 } }))
      if (selected.value === id) reached.value = answer.reached
    } catch {
      // The offers of the case hold; the rest comes with the next look.
    }
  }
  // A case that is opened by its address comes later than its name; people move.
  watch([selected, () => `${current.value?.place?.lat} ${current.value?.place?.lon}`, () => register.people], ([id, at], [idBefore, atBefore]) => void readReach(id === idBefore && at === atBefore))

  /** What is known of who is near: `nowhere` without a position, `asking` before the first answer. */
  const around = computed<'nowhere' | 'asking' | 'known'>(() => {
    if (current.value && !current.value.place) return 'nowhere'
    return reached.value && register.known && (!current.value?.drill || practice.now) ? 'known' : 'asking'
  })
  const left = computed(() => exclusions(log.value))
  const candidates = computed<Candidate[]>(() => {
    const it = current.value
    if (!it || isOver(it)) return []
    return candidatesOf(it, {
      reached: reached.value ?? [], people: register.people, name: register.name, left: left.value.people,
      holds: responder => { const at = register.busy.get(responder); return at && at !== it.id ? 1 : 0 },
      practising: new Set(practice.now?.responders.map(r => r.responder_id)),
    })
  })

  // ------------------------------------------------------------------ what the desk asks
  const busy = ref(false)
  /** Why the last act was not done: it stands in the dialog that asked, as long as that is open. */
  const refused = ref('')
  watch([dialog, selected], () => { refused.value = '' })
  /** Asks the case of `id`; true: done. Nothing is shown as done before the service has said so. */
  async function command(path: CaseCommand, more: unknown = {}, said?: string, id = selected.value, rid?: string): Promise<boolean> {
    if (!id) return false
    if (!live.isLive) {
      toasts.say(t('act.notLive'), 'bad')
      return false
    }
    busy.value = true
    refused.value = ''
    try {
      // The way is one of the contract's; which body it takes is held where it is called.
      const post = api.POST as (path: string, init: unknown) => Promise<{ data?: { case?: CaseView | null }, response: Response, error?: unknown }>
      const answer = await body(post(path, { params: { path: rid ? { id, rid } : { id } }, body: more, headers: { 'idempotency-key': newKey() } }))
      if (answer?.case) live.put(answer.case)
      if (said) toasts.say(said)
      return true
    } catch (error) {
      refused.value = explain(error)
      toasts.say(`${t('act.failed')}: ${refused.value}`, 'bad')
      return false
    } finally {
      busy.value = false
    }
  }

  /** Who holds the case that is about to be taken over: out of another's hands only after a second word. */
  const takingOver = ref<string | null>(null)
  async function take(from?: string) {
    const it = current.value
    const holder = it?.taken_until ? it.taken_by : undefined
    if (holder && holder !== mine.value && from !== holder) {
      takingOver.value = holder
      return
    }
    takingOver.value = null
    await command('/api/v1/cases/{id}/take', (from ? { from } : {}) satisfies Schemas['TakeIn'])
  }
  /** The last act that has a way back. A sending is withdrawn; a "fine" that ended the case is undone by opening it again. The other
      results are mended by saying the right one; a take lapses; a tier is never given back. */
  const last = ref<{ case: string, responder?: string, name?: string, toast: number } | null>(null)

  async function voice(result: string) {
    const id = selected.value
    // Over in this very moment: the screen says so, and the service would refuse.
    if (!id || !current.value || isOver(current.value)) return
    if (!await command('/api/v1/cases/{id}/voice-result', { result } satisfies Schemas['VoiceIn'], undefined, id)) return
    const it = live.cases.get(id)
    if (result === 'fine' && (!it || isOver(it))) {
      last.value = { case: id, toast: toasts.say(t('act.fineSaid'), 'good', () => void undo()) }
      return
    }
    toasts.say(t('act.voiceSaid', { what: word('voice', result) }))
  }
  /** Up to the next tier, which has no way back: asked for by a dialog. */
  const escalate = () => command('/api/v1/cases/{id}/escalate', {} satisfies Schemas['EscalateIn'])

  /** Somebody who is busy elsewhere is sent only after a second word. */
  const confirming = shallowRef<Sendable | null>(null)

  async function send(who: Sendable, sure = false) {
    const id = selected.value
    if (!id) return
    if (who.holds > 0 && !sure) {
      confirming.value = who
      return
    }
    confirming.value = null
    const done = await command('/api/v1/cases/{id}/assign', { responder_id: who.responder_id } satisfies Schemas['AssignIn'], undefined, id)
    if (!done) return
    last.value = { case: id, responder: who.responder_id, name: who.name, toast: toasts.say(t('act.sent', { name: who.name }), 'good', () => void undo()) }
  }
  async function undo() {
    const it = last.value
    last.value = null
    // As long as the sentence with its way back is on the screen: later nobody remembers whom the key would call off.
    if (!it || !toasts.toasts.some(one => one.id === it.toast)) {
      toasts.say(t('act.nothingToUndo'), 'plain')
      return
    }
    toasts.drop(it.toast)
    if (it.responder) await command('/api/v1/cases/{id}/stand-down', { responder_id: it.responder } satisfies Schemas['ResponderIn'], t('act.withdrawnSaid', { name: it.name }), it.case)
    else await command('/api/v1/cases/{id}/reopen', { reason: t('act.fineUndoneWhy') } satisfies Schemas['ReopenIn'], t('act.fineUndone'), it.case)
  }
  function sendNth(n: number) {
    // A key that trembles sends one: after the first answer the same number is somebody else.
    if (busy.value) return
    const who = candidates.value[n - 1]
    if (who) void send(who)
    else toasts.say(around.value === 'asking' ? t('people.asking') : t('act.noCandidate', { n }), 'bad')
  }

  // ------------------------------------------------------------------ sound is held back
  const mutedUntil = ref(0)
  /** The critical cases over which it was held back: another one is heard all the same. */
  const mutedOver = shallowRef<ReadonlySet<string>>(new Set())
  function mute() {
    const on = mutedUntil.value > live.now
    mutedUntil.value = on ? 0 : live.now + 60_000
    mutedOver.value = new Set([...live.cases.values()].filter(it => it.severity === 'critical').map(it => it.id))
    toasts.say(t(on ? 'act.unmuted' : 'act.muted'), 'plain')
  }

  return {
    selected, current, choose, dialog, referTo, referral, mine, mayAct, canAct, log, candidates, around, left, busy, refused, command, take, takingOver, voice, escalate, send, sendNth, undo, confirming, mutedUntil, mutedOver, mute,
  }
})
