// Where nobody who is free could be in time now, and which grids have nobody at work.
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { api, body, type Schemas } from '../shared/api/client'
import { useRegister } from './useRegister'

/** Positions move all the time; the picture of the whole street is drawn anew this often, and at once when somebody comes or goes. */
const EVERY_MS = 15_000
/** Where nobody has moved, what is covered is the same; that homes come and go is the register's matter. */
const SELDOM_MS = 60_000

export const useCoverage = defineStore('coverage', () => {
  const register = useRegister()
  const coverage = shallowRef<Schemas['CoverageDto'] | null>(null)
  const bare = computed(() => coverage.value?.grids.filter(it => it.on_duty === 0) ?? [])

  let timer: ReturnType<typeof setInterval> | undefined
  let asking = false
  let again = false
  /** The picture of who is where that the last answer was of, and when it was asked for. */
  let of: unknown
  let askedAt = 0
  async function look() {
    if (document.hidden || !timer) return
    if (asking) {
      again = true
      return
    }
    asking = true
    of = register.people
    askedAt = Date.now()
    try {
      coverage.value = await body(api.GET('/api/v1/coverage'))
    } catch {
      // The last picture stays; the bar says when the link is cut.
      of = undefined
    } finally {
      asking = false
      if (again) {
        again = false
        void look()
      }
    }
  }
  /** Who is at work and who is taken: when this changes, so does what is covered. */
  const standing = computed(() => [...register.people.values()].filter(it => it.on_duty).map(it => `${it.id}${register.busy.has(it.id) ? '!' : ''}`).join())
  watch(standing, () => void look())

  function open() {
    timer = setInterval(() => { if (register.people !== of || Date.now() - askedAt >= SELDOM_MS) void look() }, EVERY_MS)
    void look()
  }
  function close() {
    clearInterval(timer)
    timer = undefined
    coverage.value = null
  }
  return { coverage, bare, open, close }
})
