// What became of one's part in a case that has left this phone. The live socket says only that it is gone; who was withdrawn must
// not be told that the work is done.
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { api, body, type Schemas } from '../shared/api/client'
import { useSession } from '../shared/api/session'
import { useLive } from '../shared/live/useLive'
import { useOffers } from './useOffers'

export type Ended = Schemas['PartDto'] & { id: string }

/** Nothing that another has done: no word is needed. */
const OWN = ['coming', 'asked', 'declined', 'done']
const ASK_AGAIN_MS = 3_000

export const usePart = defineStore('part', () => {
  const session = useSession()
  const live = useLive()
  const offers = useOffers()
  /** By case: the last answer of the service. */
  const ended = shallowRef<ReadonlyMap<string, Ended>>(new Map())
  /** What is to be said, oldest first. */
  const told = shallowRef<readonly Ended[]>([])

  /** The cases to which the service knows this phone's owner to be going. */
  const going = computed(() => [...live.cases.values()].filter(it => it.assignments.some(a => a.responder_id === offers.me && ['provisional', 'lead', 'backup'].includes(a.place))).map(it => it.id))
  watch(going, (now, before) => {
    // Sent again after all.
    if (now.some(id => ended.value.has(id))) for (const id of now) forget(id)
    if (!session.signedIn || !live.known) return
    for (const id of before ?? []) if (!now.includes(id)) void ask(id)
  })
  watch(() => session.me?.user_id, () => {
    ended.value = new Map()
    told.value = []
  })

  async function ask(id: string) {
    const user = session.me?.user_id
    for (;;) {
      try {
        const found = { ...await body(api.GET('/api/v1/assignments/{case_id}', { params: { path: { case_id: id } } })), id }
        if (user !== session.me?.user_id || going.value.includes(id)) return
        ended.value = new Map(ended.value).set(id, found)
        if (!OWN.includes(found.part)) told.value = [...told.value.filter(it => it.id !== id), found]
        return
      } catch {
        // The line was lost with it: it is asked again while somebody is signed in here.
        await new Promise(done => setTimeout(done, ASK_AGAIN_MS))
        if (!session.signedIn || user !== session.me?.user_id || going.value.includes(id)) return
      }
    }
  }
  function forget(id: string) {
    hush(id)
    const next = new Map(ended.value)
    next.delete(id)
    ended.value = next
  }
  /** It was read. */
  function hush(id: string) {
    told.value = told.value.filter(it => it.id !== id)
  }
  return { ended, told, hush }
})
