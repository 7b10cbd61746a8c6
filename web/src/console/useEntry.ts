// The list of a forced entry as the service has it: read again with each change of its case.
import { shallowRef, watch } from 'vue'
import { api, body, type CaseView } from '../shared/api/client'
import type { Entry } from '../shared/entry'
import { useProblem } from '../shared/ui/useProblem'

/** `wanted`: somebody looks at it; a case whose door nobody speaks of is not asked for. */
export function useEntry(view: () => CaseView, wanted: () => boolean) {
  const explain = useProblem()
  const entry = shallowRef<Entry>()
  const failed = shallowRef('')
  async function read() {
    const { id } = view()
    try {
      const it = await body(api.GET('/api/v1/cases/{id}/entry', { params: { path: { id } } }))
      if (view().id !== id) return
      entry.value = it
      failed.value = ''
    } catch (error) {
      if (view().id === id) failed.value = explain(error)
    }
  }
  watch(() => view().id, () => { entry.value = undefined })
  watch(() => [view().id, view().version, wanted()], () => { if (wanted()) void read() }, { immediate: true })
  return { entry, failed, read }
}
