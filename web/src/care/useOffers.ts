// What is put to whoever is signed in: the one on screen, what became of it, and the receipt that it was seen.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { api, type CaseView } from '../shared/api/client'
import { useSession } from '../shared/api/session'
import { useLive } from '../shared/live/useLive'
import { held, standing, unheard, wanted } from './course'
import { useQueue } from './useQueue'

/** How long it says what became of an offer before it closes by itself. */
const PASSED_MS = 5_000
const REASONS = ['busy', 'too_far', 'not_able', 'off_duty'] as const
export type DeclineReason = (typeof REASONS)[number]
export { REASONS as DECLINE_REASONS }

export const useOffers = defineStore('offers', () => {
  const session = useSession()
  const live = useLive()
  const queue = useQueue()
  const me = computed(() => session.me?.responder_id)
  const all = computed(() => wanted(live.cases.values(), me.value, queue.mine))
  const open = computed(() => all.value.filter(it => it.open))
  /** Ended, and nobody leads: a yes still counts. */
  const late = computed(() => all.value.filter(it => !it.open))
  const tasks = computed(() => held(live.cases.values(), me.value, queue.mine))

  /** Sent by the desk, and not answered yet. */
  const sent = computed(() => unheard(live.cases.values(), me.value, queue.mine))
  /** The one on screen stays while it waits, so that nothing moves under the thumb. */
  const at = ref<string | null>(null)
  const current = computed(() => open.value.find(it => it.it.id === at.value) ?? late.value.find(it => it.it.id === at.value) ?? null)
  /** What the desk orders goes before what it asks; a real offer on the screen is answered first, so that nothing moves under the
      thumb. */
  const order = computed(() => (current.value?.open && (!current.value.it.drill || sent.value[0]?.drill) ? null : sent.value[0] ?? null))
  /** What was on screen and is not ours any more. */
  const passed = shallowRef<{ it: CaseView, why: 'passed' | 'over' | 'taken' } | null>(null)
  let closing: ReturnType<typeof setTimeout> | undefined
  let before: CaseView | null = null

  watch([open, late, () => queue.ready], () => {
    if (at.value && !current.value) left()
    // What is real pushes practice off the screen.
    const first = open.value[0]?.it
    if (current.value?.it.drill && first && !first.drill) at.value = first.id
    if (!at.value && !passed.value) at.value = open.value[0]?.it.id ?? null
    before = current.value?.it ?? before
    void receipts()
  }, { immediate: true })

  /** The case left the list: by our own answer, or because it went to somebody else. */
  function left() {
    const was = before
    at.value = null
    before = null
    if (!was) return
    const now = live.cases.get(was.id)
    if (now && standing(now, me.value, queue.mine).hold === 'held') return
    if (answered.has(was.id)) return
    pass(was, now ? 'passed' : 'over')
  }
  function pass(it: CaseView, why: 'passed' | 'over' | 'taken') {
    passed.value = { it, why }
    clearTimeout(closing)
    closing = setTimeout(dismiss, PASSED_MS)
  }
  function dismiss() {
    clearTimeout(closing)
    passed.value = null
    at.value = open.value[0]?.it.id ?? null
    before = current.value?.it ?? null
  }
  function look(id: string) {
    at.value = id
    before = live.cases.get(id) ?? null
  }
  /** One that has ended need not be answered. */
  function leave() {
    if (current.value?.open) return
    before = null
    at.value = open.value[0]?.it.id ?? null
  }

  /** Cases answered on this page: their going is no surprise. */
  const answered = new Set<string>()
  const busy = ref(false)
  async function accept(): Promise<string | null> {
    const it = current.value
    if (!it || busy.value) return null
    busy.value = true
    answered.add(it.it.id)
    try {
      const outcome = await queue.answer('accept', it.it.id, it.offer.id)
      if (outcome.state === 'refused') {
        if (['taken', 'case_over', 'not_offered'].includes(outcome.problem.code)) {
          at.value = null
          before = null
          pass(it.it, outcome.problem.code === 'taken' ? 'taken' : 'over')
        }
        answered.delete(it.it.id)
        return null
      }
      return it.it.id
    } finally {
      busy.value = false
    }
  }
  async function decline(reason: DeclineReason) {
    const it = current.value
    if (!it || busy.value) return
    busy.value = true
    answered.add(it.it.id)
    try {
      await queue.answer('decline', it.it.id, it.offer.id, { reason })
    } finally {
      busy.value = false
    }
  }

  const receipted = new Set<string>()
  /** The service hears that it is on a screen: silence is counted from there. */
  async function receipts() {
    for (const { offer } of open.value) {
      if (offer.received || receipted.has(offer.id)) continue
      receipted.add(offer.id)
      try {
        const { response } = await api.POST('/api/v1/offers/{id}/received', { params: { path: { id: offer.id } }, body: {} })
        if (response.status >= 500) receipted.delete(offer.id)
      } catch {
        receipted.delete(offer.id)
      }
    }
  }

  return { me, open, late, tasks, sent, order, current, passed, busy, look, leave, dismiss, accept, decline }
})
