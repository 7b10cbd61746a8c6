// What the service has told this page: the cases as they stand, whether that is still true, and the service's clock.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { CaseView, Schemas } from '../api/client'
import { useSession } from '../api/session'
import { type Frame, Link, type LinkState } from './link'

/** What comes in a crowd is taken together: after each by itself the whole page would be reckoned anew. The first is taken at once. */
const TOGETHER_MS = 50

export const useLive = defineStore('live', () => {
  const session = useSession()
  const cases = shallowRef<ReadonlyMap<string, CaseView>>(new Map())
  const link = ref<LinkState>('off')
  /** Milliseconds by which the service's clock is ahead of this machine's. */
  const offset = ref(0)
  /** The service has said what time it is. */
  const clockKnown = ref(false)
  const heardAt = ref(0)
  /** A snapshot has come: an empty list is empty and not unknown. */
  const known = ref(false)
  /** The current tick of the service's clock; moves four times a second. */
  const now = ref(Date.now())
  const ageSeconds = computed(() => Math.max(0, Math.floor((now.value - offset.value - heardAt.value) / 1000)))
  /** Nothing is done on a guess: without the service nobody knows what a button would mean. */
  const isLive = computed(() => link.value === 'live')

  /** Who at a desk has which case open, oneself among them. */
  const lookers = shallowRef<readonly Schemas['Looker'][]>([])
  const calls = shallowRef<readonly Schemas['CallNow'][]>([])

  /** Since when the service's own alarm does not come through: then nobody's may. */
  const alarmsFail = ref<string | null>()
  const noticesLate = ref<string | null>()
  const canaryFailed = ref<string | null>()

  let connection: Link | undefined
  let tick: ReturnType<typeof setInterval> | undefined
  let epoch = ''
  /** The case on screen stays readable after it is over. */
  const kept = ref<string | null>(null)

  function open() {
    if (connection) return
    const url = new URL('/api/v1/live', location.href)
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
    heardAt.value = Date.now()
    connection = new Link({
      url: url.href,
      token: () => session.tokens?.access_token,
      refresh: () => session.refresh(),
      frame: take,
      state: it => { link.value = it },
      heard: ahead => {
        heardAt.value = Date.now()
        if (ahead === undefined) return
        offset.value = ahead
        clockKnown.value = true
      },
    })
    connection.show(kept.value)
    connection.open()
    tick = setInterval(() => { now.value = Date.now() + offset.value }, 250)
    addEventListener('online', hurry)
    addEventListener('offline', lost)
  }

  function close() {
    removeEventListener('online', hurry)
    removeEventListener('offline', lost)
    clearInterval(tick)
    connection?.close()
    connection = undefined
    clearTimeout(gathering)
    gathering = undefined
    crowd = []
    cases.value = new Map()
    lookers.value = []
    calls.value = []
    known.value = false
    kept.value = null
  }

  const hurry = () => connection?.hurry()
  const lost = () => connection?.lost()

  /** What a device has kept of an earlier visit, until the service says how things stand. */
  function recall(kept: readonly CaseView[]) {
    if (!known.value) cases.value = new Map(kept.map(it => [it.id, it]))
  }

  let crowd: Frame[] = []
  let gathering: ReturnType<typeof setTimeout> | undefined
  function takeCrowd() {
    const all = crowd
    crowd = []
    all.forEach(receive)
  }
  function take(frame: Frame) {
    const waits = frame.type === 'changed' || frame.type === 'gone'
    // Timers of a page that nobody sees are slow, and its tone must not be.
    if (waits && gathering !== undefined && !document.hidden) {
      crowd.push(frame)
      return
    }
    if (frame.type !== 'ping' && frame.type !== 'lookers' && frame.type !== 'calls') takeCrowd()
    receive(frame)
    if (waits) gather()
  }
  function gather() {
    clearTimeout(gathering)
    gathering = setTimeout(() => {
      gathering = undefined
      if (!crowd.length) return
      takeCrowd()
      gather()
    }, TOGETHER_MS)
  }

  function receive(frame: Frame) {
    switch (frame.type) {
      case 'welcome':
        lookers.value = []
        calls.value = []
        if (epoch && epoch !== frame.epoch) cases.value = new Map()
        epoch = frame.epoch
        break
      case 'snapshot': {
        const next = new Map(frame.cases.map(it => [it.id, it]))
        const mine = kept.value ? cases.value.get(kept.value) : undefined
        // Absent from a snapshot of the open ones: over, or out of sight. It stays as it was last seen until something else is
        // chosen; of a practice that somebody has left nothing stays.
        if (mine && mine.state === 'closed' && !mine.drill && !next.has(mine.id)) next.set(mine.id, mine)
        cases.value = next
        left.clear()
        known.value = true
        break
      }
      case 'changed':
        left.delete(frame.case.id)
        takeIn(frame.case)
        break
      case 'gone':
        left.add(frame.id)
        cases.value = without(cases.value, frame.id)
        break
      case 'lookers': lookers.value = frame.lookers; break
      case 'calls': calls.value = frame.calls; break
      case 'ping': alarmsFail.value = frame.alarms_fail_since; noticesLate.value = frame.notices_late_since; canaryFailed.value = frame.canary_failed_since; break
      default: frame satisfies never
    }
  }

  /** Cases that have left sight since the last snapshot: an answer that was on its way meanwhile brings none back. */
  const left = new Set<string>()
  /** A case as an answer shows it. */
  function put(it: CaseView) {
    if (!left.has(it.id)) takeIn(it)
  }
  /** An older one than we have is not taken. */
  function takeIn(it: CaseView) {
    const have = cases.value.get(it.id)
    if (have && have.version > it.version) return
    if (it.state === 'closed' && kept.value !== it.id) {
      left.add(it.id)
      cases.value = without(cases.value, it.id)
    }
    else cases.value = new Map(cases.value).set(it.id, it)
  }

  /** Which case is on screen. */
  function keep(id: string | null) {
    const before = kept.value
    kept.value = id
    connection?.show(id)
    if (before && before !== id && cases.value.get(before)?.state === 'closed') cases.value = without(cases.value, before)
  }

  return { cases, lookers, calls, alarmsFail, noticesLate, canaryFailed, link, offset, clockKnown, heardAt, known, now, ageSeconds, isLive, kept, open, close, take, receive, recall, put, keep }
})

function without<T>(map: ReadonlyMap<string, T>, id: string): ReadonlyMap<string, T> {
  if (!map.has(id)) return map
  const next = new Map(map)
  next.delete(id)
  return next
}
