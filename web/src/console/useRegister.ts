// Who could be sent: responders with their latest positions, looked at every two seconds while the page is shown.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { api, body, type CaseView, pages, type ResponderView } from '../shared/api/client'
import { useLive } from '../shared/live/useLive'

const EVERY_MS = 2_000

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
  async function look() {
    if (document.hidden) return
    try {
      const all = await pages(cursor => body(api.GET('/api/v1/responders', { params: { query: { limit: 500, cursor } } })))
      people.value = new Map(all.map(it => [it.id, it]))
      known.value = true
    } catch {
      // The last picture stays; when the link is cut the bar says so, and each position shows its age.
    }
  }
  function open() {
    void look()
    timer = setInterval(() => void look(), EVERY_MS)
  }
  function close() {
    clearInterval(timer)
    people.value = new Map()
    told.value = new Map()
    known.value = false
  }
  return { people, known, onDuty, busy, name, learn, open, close, look }
})
