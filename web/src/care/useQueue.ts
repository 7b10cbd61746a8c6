// The phone's queue on this page: what waits, what the service said to it, and the cases as the phone keeps them.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { api, body, type CaseView, newKey, type Schemas } from '../shared/api/client'
import { Problem } from '../shared/api/problem'
import { useSession } from '../shared/api/session'
import { useLive } from '../shared/live/useLive'
import { useProblem } from '../shared/ui/useProblem'
import { type Act, comesAgain, type Entry, type Outcome, Queue, TOO_SLOW } from './queue/queue'
import { entries, fileOf, picture } from './queue/store'
import { standing } from './course'
import { usePlace } from './usePlace'
import { useSays } from './useSays'

/** At the door it counts where somebody is: the position goes before the word. */
const BY_PLACE: readonly Act[] = ['accept', 'depart', 'arrive', 'contact-made']
const SEND_WITHIN_MS = 15_000
/** What goes out later than this after it was done goes with its own time. */
const LATE_MS = 2_000
/** The service believes nobody that it was longer ago. */
const DAY_MS = 24 * 3_600_000
/** As long as the service waits for the whole of it. */
const PHOTO_WITHIN_MS = 90_000

export const useQueue = defineStore('queue', () => {
  const session = useSession()
  const live = useLive()
  const place = usePlace()
  const says = useSays()
  const explain = useProblem()
  const { t } = useI18n()

  const all = shallowRef<readonly Entry[]>([])
  const mine = computed(() => all.value.filter(it => it.user === session.me?.user_id))
  /** A silent call for help is on no screen. */
  const shown = computed(() => mine.value.filter(it => it.act !== 'duress'))
  const ready = ref(false)
  /** What the service has last said yes to. */
  const answered = shallowRef<{ entry: Entry, answer: unknown }>()

  const queue = new Queue({
    store: entries,
    user: () => session.me?.user_id,
    send: deliver,
    done(entry, answer) {
      if (shown.value.every(it => it.key === entry.key)) says.delivered(t('step.said'))
      const seen = (answer as { case?: CaseView | null } | undefined)?.case
      if (seen) live.put(seen)
      answered.value = { entry, answer }
      // Whoever filed it has gone on: that it proves nothing is said wherever they are.
      if (entry.act === 'visit' && !queue.awaited(entry.key) && (answer as Schemas['VisitedDto']).why_not) says.say(t('queue.visitNot'), 'bad')
      if (entry.caseId && (entry.act === 'decline' || entry.act === 'done')) heardNo.delete(entry.caseId)
    },
    refused,
    changed(now) { all.value = now },
    giveWay: () => upload?.abort(),
    alone: async work => { await (navigator.locks ? navigator.locks.request('ecd.care.queue', work) : work()) },
  })

  async function deliver(entry: Entry): Promise<unknown> {
    if (entry.act === 'photo' || entry.act === 'visit-photo') return deliverPhoto(entry, entry.path, entry.right ?? (entry.body as { consent: string }).consent)
    if (entry.act === 'visit') return deliverVisit(entry)
    if (BY_PLACE.includes(entry.act)) await place.sendNewest()
    return send(entry)
  }

  const post = api.POST as unknown as (path: string, init: unknown) => Promise<{ data?: unknown, response: Response, error?: unknown }>
  const agoOf = (entry: Entry) => (entry.own === undefined ? live.now - entry.at : Date.now() - entry.own)
  function send(entry: Entry, what: unknown = entry.body, key = entry.key): Promise<unknown> {
    const ago = agoOf(entry)
    const late = ago > LATE_MS && ago < DAY_MS ? { 'done-at': new Date(live.now - ago).toISOString() } : {}
    return body(post(entry.path, { body: what, headers: { 'idempotency-key': key, ...late }, signal: AbortSignal.timeout(SEND_WITHIN_MS) }))
  }

  /** The visit, and then its photo under the same entry: the photo wants the name that the service gives to the visit. */
  async function deliverVisit(entry: Entry): Promise<unknown> {
    let answer: unknown
    try {
      answer = await send(entry)
    } catch (error) {
      // Filed later, nobody stands at the door any more to scan it anew: the visit stays, and is not proved by it.
      if (!(error instanceof Problem) || queue.awaited(entry.key) || !error.fields.some(it => it.field === 'code')) throw error
      answer = await send(entry, { ...entry.body as object, code: null }, `${entry.key}-2`)
    }
    if (!entry.right) return answer
    try {
      return await deliverPhoto(entry, `${entry.path}/${(answer as Schemas['VisitedDto']).visit.id}/photo`, entry.right)
    } catch (error) {
      // The visit is there; a photo that is not taken does not take it away.
      if (error instanceof Problem && !comesAgain(error)) return answer
      throw error
    }
  }

  let upload: AbortController | undefined
  async function deliverPhoto(entry: Entry, path: string, consent: string): Promise<unknown> {
    const file = await fileOf(entry.key)
    // Its file went with a damaged store: nothing is left to send.
    if (!file) throw new Problem('photo_lost', 410, '')
    upload = new AbortController()
    const late = AbortSignal.timeout(PHOTO_WITHIN_MS)
    late.addEventListener('abort', () => upload?.abort())
    try {
      return await body(post(path, {
        params: { query: { consent } }, body: file, bodySerializer: (it: Blob) => it,
        headers: { 'content-type': file.type, 'idempotency-key': entry.key }, signal: upload.signal,
      }))
    } catch (error) {
      throw late.aborted ? new Problem(TOO_SLOW, 0, '') : error
    } finally {
      upload = undefined
    }
  }

  /** Whose yes was refused hears it once, and not again for every step behind it. */
  const heardNo = new Set<string>()
  function refused(entry: Entry, problem: Problem) {
    if (entry.act === 'duress') return
    const again = entry.caseId !== null && heardNo.has(entry.caseId)
    if (entry.caseId && (entry.act === 'accept' || ['not_assigned', 'case_over', 'taken'].includes(problem.code))) heardNo.add(entry.caseId)
    if (!again) says.say(t('queue.refused', { act: t(`act.${entry.act}`), why: explain(problem) }), 'bad')
  }

  /** A phone that was switched on without a network does not know how wrong its clock is: then only how long ago counts. */
  const doneNow = () => ({ at: Math.round(live.now), ...(live.clockKnown ? {} : { own: Date.now() }) })

  interface Deed { caseId: string | null, path: string, body?: unknown, right?: string }
  /** Does it: written to the phone, with its file where there is one, then sent. */
  function act(what: Act, it: Deed, file?: Blob): Promise<Outcome> {
    const user = session.me?.user_id
    if (!user) return Promise.resolve({ state: 'waiting' })
    if (it.caseId && what === 'accept') heardNo.delete(it.caseId)
    return queue.push({ key: newKey(), user, act: what, body: {}, ...it, ...doneNow() }, file)
  }
  const step = (what: Act, caseId: string, more: unknown = {}) => act(what, { caseId, path: `/api/v1/assignments/${caseId}/${what}`, body: more })
  const answer = (what: 'accept' | 'decline', caseId: string, offerId: string, more: unknown = {}) => act(what, { caseId, path: `/api/v1/offers/${offerId}/${what}`, body: more })
  const note = (caseId: string, text: string) => act('note', { caseId, path: `/api/v1/cases/${caseId}/note`, body: { text } })
  const photo = (caseId: string, file: Blob, consent: string) => act('photo', { caseId, path: `/api/v1/cases/${caseId}/photos`, body: { consent } }, file)
  /** Nothing on the screen says that it was sent. */
  const duress = () => act('duress', { caseId: null, path: '/api/v1/alerts', body: { kind: 'duress', ...place.asPosition() } })

  async function open() {
    const user = session.me?.user_id
    if (!user || ready.value) return
    try {
      // What was done before what was seen: else a case would stand for a moment as if nobody had answered it.
      await queue.open()
      live.recall(await picture.read(user, Date.now()))
    } catch {
      says.say(t('queue.noStore'), 'bad')
    }
    ready.value = true
    addEventListener('online', flush)
  }
  const flush = () => void queue.flush()
  watch(() => live.link, it => { if (it === 'live' && ready.value) flush() })

  // The phone keeps what its owner may see now, and nothing else: a stand-down, a closing, a sign-out wipe it.
  let writing: ReturnType<typeof setTimeout> | undefined
  watch(() => live.cases, cases => {
    clearTimeout(writing)
    const user = session.me?.user_id
    if (!user || !live.known) return
    // Whoever sits at a desk sees every case; on a phone only what they themselves are asked or coming for stays.
    const own = [...cases.values()].filter(it => standing(it, session.me?.responder_id, mine.value).hold !== 'none')
    const kept = JSON.parse(JSON.stringify(own)) as CaseView[]
    writing = setTimeout(() => void picture.write({ user, at: Date.now(), cases: kept }).catch(() => {}), 150)
  })

  async function close() {
    removeEventListener('online', flush)
    clearTimeout(writing)
    queue.close()
    ready.value = false
    await picture.wipe().catch(() => {})
  }

  return { mine, shown, ready, answered, act, step, answer, note, photo, duress, open, close, flush }
})
