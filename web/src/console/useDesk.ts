// What the desk has before it: which case, its log, which dialog; and what the desk asks of a case.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { api, body, newKey, type CaseView, type Offer, type ResponderView, type Schemas, type Tier } from '../shared/api/client'
import { useSession } from '../shared/api/session'
import { useLive } from '../shared/live/useLive'
import { useProblem } from '../shared/ui/useProblem'
import type { LogRecord } from './course'
import { useRegister } from './useRegister'
import { useToasts } from './useToasts'

export type Dialog = 'refer' | 'note' | 'false' | 'resolve' | 'close' | 'lower' | 'reopen' | 'call' | 'keys' | 'sound'
/** A way of the contract that is about one case and answers it. */
type CaseCommand = Extract<keyof import('../shared/api/schema').paths, `/api/v1/cases/{id}/${string}`>

/** Somebody whom one key could send. */
export interface Candidate {
  responder_id: string
  name: string
  tier: Tier
  mode: string
  seconds?: number | null
  meters?: number | null
  estimated: boolean
  reach?: string
  reasons: string[]
  key_holder: boolean
  skilled: boolean
  offer?: Offer
  /** How many other open cases they are on. */
  holds: number
}

export const useDesk = defineStore('desk', () => {
  const { t } = useI18n()
  const live = useLive()
  const session = useSession()
  const register = useRegister()
  const toasts = useToasts()
  const explain = useProblem()

  const selected = ref<string | null>(null)
  const current = computed(() => (selected.value ? live.cases.get(selected.value) : undefined))
  const dialog = ref<Dialog | null>(null)
  const referTo = ref('120')
  const mine = computed(() => session.me?.user_id)
  const mayAct = computed(() => session.me?.role === 'dispatcher' || session.me?.role === 'duty_leader')
  const canAct = computed(() => mayAct.value && live.isLive)

  // ------------------------------------------------------------------ which case
  function choose(id: string | null) {
    if (selected.value === id) return
    selected.value = id
    live.keep(id)
    log.value = []
    reached.value = []
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
    try {
      for (;;) {
        const after = log.value.at(-1)?.version ?? 0
        const page = await body(api.GET('/api/v1/cases/{id}/events', { params: { path: { id: it.id }, query: { after, limit: 500 } } }))
        if (selected.value !== it.id) return
        log.value = [...log.value, ...(page.items as unknown as LogRecord[])]
        if (!page.next || page.items.length === 0) return
      }
    } catch {
      // The next change asks again.
    } finally {
      reading = false
      const now = current.value
      if (now && now.id !== it.id) void readLog()
    }
  }
  watch(() => [selected.value, current.value?.version, live.isLive] as const, () => {
    const it = current.value
    if (it && (log.value.at(-1)?.version ?? 0) < it.version) void readLog()
  })

  // ------------------------------------------------------------------ who could be sent
  const reached = shallowRef<Schemas['ReachedDto'][]>([])
  async function readReach() {
    const place = current.value?.place
    const id = selected.value
    if (!place) return
    try {
      const answer = await body(api.POST('/api/v1/reach', { body: { lat: place.lat, lon: place.lon, crs: 'wgs84', minutes: 15 } }))
      if (selected.value === id) reached.value = answer.reached
    } catch {
      // The offers of the case hold; the rest comes with the next look.
    }
  }
  watch(() => selected.value, () => void readReach())
  watch(() => register.people, () => { if (current.value && !isDone(current.value)) void readReach() })

  /** Ranked: first those whom the service has ranked and asked, in its order; then who else is on duty and near. */
  const candidates = computed<Candidate[]>(() => {
    const it = current.value
    if (!it) return []
    const there = new Set(it.assignments.filter(a => a.place !== 'stood_down' && a.place !== 'lost').map(a => a.responder_id))
    const asked: Candidate[] = it.offers
      .filter(o => !there.has(o.responder_id) && (o.state === 'open' || o.state === 'ended'))
      .map(o => ({ ...o, name: o.responder_name ?? register.name(o.responder_id), offer: o, holds: holds(o.responder_id, it.id) }))
    const known = new Set([...there, ...it.offers.map(o => o.responder_id)])
    const others: Candidate[] = reached.value
      .filter(r => !known.has(r.responder_id))
      .flatMap(r => {
        const who = register.people.get(r.responder_id)
        return who && who.kind !== 'family' ? [other(who, r, it.id)] : []
      })
    return [...asked, ...others.slice(0, 20)]
  })
  function holds(responder: string, but: string): number {
    const at = register.busy.get(responder)
    return at && at !== but ? 1 : 0
  }
  function other(who: ResponderView, r: Schemas['ReachedDto'], but: string): Candidate {
    return {
      responder_id: who.id, name: who.name, tier: who.tier, mode: r.mode, seconds: r.seconds, meters: r.meters, estimated: r.estimated,
      reach: r.seconds <= 13 * 60 ? 'inside' : 'edge', reasons: [], key_holder: false, skilled: false, holds: holds(who.id, but),
    }
  }

  // ------------------------------------------------------------------ what the desk asks
  const busy = ref(false)
  /** Asks the case of `id`; true: done. Nothing is shown as done before the service has said so. */
  async function command(path: CaseCommand, more: unknown = {}, said?: string, id = selected.value, rid?: string): Promise<boolean> {
    if (!id) return false
    if (!live.isLive) {
      toasts.say(t('act.notLive'), 'bad')
      return false
    }
    busy.value = true
    try {
      // The way is one of the contract's; which body it takes is held where it is called.
      const post = api.POST as (path: string, init: unknown) => Promise<{ data?: { case?: CaseView | null }, response: Response, error?: unknown }>
      const answer = await body(post(path, { params: { path: rid ? { id, rid } : { id } }, body: more, headers: { 'idempotency-key': newKey() } }))
      if (answer?.case) live.put(answer.case)
      if (said) toasts.say(said)
      return true
    } catch (error) {
      toasts.say(`${t('act.failed')}: ${explain(error)}`, 'bad')
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
  const voice = (result: string) => command('/api/v1/cases/{id}/voice-result', { result } satisfies Schemas['VoiceIn'])
  const escalate = () => command('/api/v1/cases/{id}/escalate', {} satisfies Schemas['EscalateIn'])

  /** The last sending, which one key takes back. */
  const lastSent = ref<{ case: string, responder: string, name: string } | null>(null)
  /** Somebody who is busy elsewhere is sent only after a second word. */
  const confirming = shallowRef<Candidate | null>(null)

  async function send(who: Candidate, sure = false) {
    const id = selected.value
    if (!id) return
    if (who.holds > 0 && !sure) {
      confirming.value = who
      return
    }
    confirming.value = null
    const done = await command('/api/v1/cases/{id}/assign', { responder_id: who.responder_id } satisfies Schemas['AssignIn'], undefined, id)
    if (!done) return
    lastSent.value = { case: id, responder: who.responder_id, name: who.name }
    toasts.say(t('act.sent', { name: who.name }), 'good', () => void undo())
  }
  async function undo() {
    const it = lastSent.value
    if (!it) return
    lastSent.value = null
    await command('/api/v1/cases/{id}/stand-down', { responder_id: it.responder } satisfies Schemas['ResponderIn'], t('act.withdrawnSaid', { name: it.name }), it.case)
  }
  function sendNth(n: number) {
    const who = candidates.value[n - 1]
    if (who) void send(who)
    else toasts.say(t('act.noCandidate', { n }), 'bad')
  }

  // ------------------------------------------------------------------ sound is held back
  const mutedUntil = ref(0)
  function mute() {
    const on = mutedUntil.value > live.now
    mutedUntil.value = on ? 0 : live.now + 60_000
    toasts.say(t(on ? 'act.unmuted' : 'act.muted'), 'plain')
  }

  return {
    selected, current, choose, dialog, referTo, mine, mayAct, canAct, log, candidates, busy, command, take, takingOver, voice, escalate, send, sendNth, undo, lastSent, confirming, mutedUntil, mute,
  }
})

function isDone(it: CaseView): boolean {
  return it.state === 'resolved' || it.state === 'closed'
}
