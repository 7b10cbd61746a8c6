// Who was told of the chosen case: asked for while it is on the screen, and soon after something has happened in it.
import { useIntervalFn } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { api, body } from '../shared/api/client'
import { useLive } from '../shared/live/useLive'
import { counts, type Notices } from './notices'
import { useDesk } from './useDesk'

/** Between two questions; what has not changed comes without a body. */
const EVERY_MS = 4_000
/** After a step of the case its notices leave within moments. */
const SOON_MS = 600

export const useNotices = defineStore('notices', () => {
  const live = useLive()
  const desk = useDesk()
  const all = shallowRef<Notices | null>(null)
  const failed = ref(false)
  let of: string | null = null

  async function look() {
    const id = desk.selected
    if (!id || !live.isLive) return
    try {
      const found = await body(api.GET('/api/v1/cases/{id}/notices', { params: { path: { id } } }))
      if (id !== desk.selected) return
      of = id
      failed.value = false
      all.value = found
    } catch {
      // Kept as it was, and asked again in a moment; a list that never came says so.
      if (of !== id) failed.value = true
    }
  }
  watch(() => desk.selected, () => {
    all.value = null
    failed.value = false
    void look()
  }, { immediate: true })
  let soon: ReturnType<typeof setTimeout> | undefined
  watch(() => desk.current?.version, () => {
    clearTimeout(soon)
    soon = setTimeout(() => void look(), SOON_MS)
  })
  useIntervalFn(() => void look(), EVERY_MS)
  return { all, failed, look, counts: computed(() => (all.value ? counts(all.value) : { waiting: 0, failed: 0 })) }
})
