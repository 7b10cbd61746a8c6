// Who could be sent: responders with their latest positions, looked at while the page is shown: who is at work every two seconds, all of
// them seldom, for who is not at work moves nowhere.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { api, body, type CaseView, pages, type ResponderView } from '../shared/api/client'
import { useLive } from '../shared/live/useLive'

const EVERY_MS = 2_000
const ALL_EVERY_MS = 30_000

export const useRegister = defineStore('register', () => {
  const live = useLive()
  const { t } = useI18n()
  const people = shallowRef<ReadonlyMap<string, ResponderView>>(new Map())
  /** An answer has come: an empty street is empty and not unknown. */
  const known = ref(false)
  const onDuty = computed(() => [...people.value.values()].filter(it => it.on_duty).length)

  /** Which case each is on the way to, or at. */
  const busy = computed(() => {
    const found = new Map<string, string>()
    for (const it of live.cases.values()) {
      for (const a of it.assignments) {
        if ((a.place === 'lead' || a.place === 'provisional' || a.place === 'backup') && a.stage !== 'done' && it.state !== 'closed') found.set(a.responder_id, it.id)
      }
    }
    return found
  })

  /** Names that cases brought along: family are in nobody's area, and in no list of the desk. */
  const told = shallowRef<ReadonlyMap<string, string>>(new Map())
  function learn(it: CaseView) {
    const more = [...it.assignments, ...it.offers].flatMap(a => (a.responder_name ? [[a.responder_id, a.responder_name] as const] : []))
    if (more.some(([id, name]) => told.value.get(id) !== name)) told.value = new Map([...told.value, ...more])
  }
  function name(id: string): string {
    const known = people.value.get(id)?.name ?? told.value.get(id)
    if (known) return known
    for (const it of live.cases.values()) {
      const found = [...it.assignments, ...it.offers].find(a => a.responder_id === id)?.responder_name
      if (found) return found
    }
    return t('who.unlisted')
  }

  let timer: ReturnType<typeof setInterval> | undefined
  let looking = false
  let allAt = 0
  async function look() {
    if (document.hidden || looking) return
    looking = true
    // Somebody may have been sent who is not at work.
    const all = Date.now() - allAt >= ALL_EVERY_MS || [...busy.value.keys()].some(id => people.value.get(id)?.on_duty === false)
    try {
      const found = await pages(cursor => body(api.GET('/api/v1/responders', { params: { query: { limit: 500, cursor, ...(all ? {} : { on_duty: true }) } } })))
      if (!timer) return
      if (all) allAt = Date.now()
      people.value = seen(people.value, found, all)
      known.value = true
    } catch {
      // The last picture stays; when the link is cut the bar says so, and each position shows its age.
    } finally {
      looking = false
    }
  }
  function open() {
    allAt = 0
    timer = setInterval(() => void look(), EVERY_MS)
    void look()
  }
  function close() {
    clearInterval(timer)
    timer = undefined
    people.value = new Map()
    told.value = new Map()
    known.value = false
  }
  return { people, known, onDuty, busy, name, learn, open, close, look }
})

/** The picture after an answer, of all or of those at work. What has not changed is the same object, and nothing changed the same picture:
    map, ranking and figures are reckoned anew only when there is something new. */
export function seen(before: ReadonlyMap<string, ResponderView>, found: readonly ResponderView[], all: boolean): ReadonlyMap<string, ResponderView> {
  const next = new Map<string, ResponderView>()
  let same = true
  for (const it of found) {
    const old = before.get(it.id)
    const kept = old !== undefined && JSON.stringify(old) === JSON.stringify(it)
    same &&= kept
    next.set(it.id, kept ? old : it)
  }
  // Who is missing among those at work has gone off duty.
  if (!all) {
    for (const it of before.values()) {
      if (next.has(it.id)) continue
      same &&= !it.on_duty
      next.set(it.id, it.on_duty ? { ...it, on_duty: false } : it)
    }
  }
  return same && next.size === before.size ? before : next
}
