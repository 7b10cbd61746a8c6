// Who else is at it: which colleague has a case open, in whose hands it is, and whether the holder is still there.
import { useEventListener, useIntervalFn } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { api, body, type CaseView } from '../shared/api/client'
import { useLive } from '../shared/live/useLive'
import { secondsUntil, span } from '../shared/time/span'
import { useDesk } from './useDesk'

/** A hand on the mouse or the keys within this, and the holder is at work on the case before them. */
const ACTIVE_MS = 60_000
/** In the second half of the hold the service is told of it, at most this often. */
const KEEP_EVERY_MS = 30_000

export const usePresence = defineStore('presence', () => {
  const { t } = useI18n()
  const live = useLive()
  const desk = useDesk()

  // ------------------------------------------------------------------ names
  const names = shallowRef<ReadonlyMap<string, string>>(new Map())
  /** What office an account has: it has no person's name but the one that it signs in with. */
  const roles = shallowRef<ReadonlyMap<string, string>>(new Map())
  const asked = new Set<string>()
  async function readNames() {
    try {
      const page = await body(api.GET('/api/v1/colleagues'))
      names.value = new Map(page.items.map(it => [it.user_id, it.username]))
      roles.value = new Map(page.items.map(it => [it.user_id, it.role]))
    } catch {
      asked.clear() // asked again when the next name is missing
    }
  }
  const name = (user: string) => names.value.get(user) ?? t('presence.somebody')
  /** An account that is new since the last look, asked for once. */
  function missing(users: Iterable<string | null | undefined>) {
    const fresh = [...users].filter((it): it is string => !!it && !names.value.has(it) && !asked.has(it))
    if (!fresh.length) return
    fresh.forEach(it => asked.add(it))
    void readNames()
  }
  watch(() => [live.lookers, live.cases] as const, ([lookers, cases]) => missing([...lookers.map(it => it.user), ...[...cases.values()].map(it => it.taken_by)]))

  // ------------------------------------------------------------------ who looks
  const byCase = computed(() => {
    const found = new Map<string, string[]>()
    for (const it of live.lookers) {
      if (it.user === desk.mine) continue
      const others = found.get(it.case) ?? []
      if (!others.includes(it.user)) found.set(it.case, [...others, it.user])
    }
    return found
  })
  /** Names of the colleagues who have the case open. */
  const looking = (id: string) => (byCase.value.get(id) ?? []).map(name)

  // ------------------------------------------------------------------ who holds
  /** In whose hands a case is: `mine`, a colleague's name, or nobody's. */
  function holding(it: CaseView): { mine: boolean, name: string } | null {
    return it.taken_by && it.taken_until ? { mine: it.taken_by === desk.mine, name: name(it.taken_by) } : null
  }
  /** The same, and for how long still: moves with the clock. */
  function holder(it: CaseView): { mine: boolean, name: string, left: string } | null {
    const who = holding(it)
    return who && { ...who, left: span(Math.max(0, secondsUntil(it.taken_until ?? '', live.now))) }
  }

  // ------------------------------------------------------------------ the holder is at it
  let activeAt = 0
  let keptAt = 0
  /** How long the hold was when it was last set. */
  let whole = 0
  watch(() => desk.current?.taken_until, until => { whole = until ? Date.parse(until) - live.now : 0 })
  for (const it of ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const) useEventListener(document, it, () => { activeAt = Date.now() }, { passive: true })
  function keep() {
    const it = desk.current
    const now = Date.now()
    if (!it || it.taken_by !== desk.mine || !it.taken_until || !live.isLive || document.hidden) return
    if (now - activeAt > ACTIVE_MS || now - keptAt < KEEP_EVERY_MS || Date.parse(it.taken_until) - live.now > whole / 2) return
    keptAt = now
    // Said in passing: what comes of it, the next change tells. Nobody is bothered with it when it fails.
    void body(api.POST('/api/v1/cases/{id}/keep', { params: { path: { id: it.id } }, body: {} as never })).catch(() => undefined)
  }
  const beat = useIntervalFn(keep, 5_000, { immediate: false })

  function open() {
    void readNames()
    beat.resume()
  }
  function close() {
    beat.pause()
    names.value = new Map()
    asked.clear()
  }
  return { names, roles, name, looking, holding, holder, keep, open, close }
})
