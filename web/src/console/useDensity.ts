// How close the rows of the queue stand: as each account has chosen on this machine.
import { useLocalStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed } from 'vue'
import { useSession } from '../shared/api/session'

export type Density = 'comfortable' | 'compact'
/** Height of a row, pixels. */
export const ROW: Record<Density, number> = { comfortable: 106, compact: 62 }

export const useDensity = defineStore('density', () => {
  const session = useSession()
  const kept = useLocalStorage<Record<string, Density>>('ecd.density', {})
  const now = computed<Density>(() => (kept.value[session.me?.user_id ?? ''] === 'compact' ? 'compact' : 'comfortable'))
  const row = computed(() => ROW[now.value])
  function turn() {
    kept.value = { ...kept.value, [session.me?.user_id ?? '']: now.value === 'compact' ? 'comfortable' : 'compact' }
  }
  return { now, row, turn }
})
