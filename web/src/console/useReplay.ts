// A past case, played back: its log, and the case as it stood after each record, rebuilt by the service. Nothing here acts.
import { computed, onBeforeUnmount, ref, shallowRef, watch } from 'vue'
import { api, body, type CaseView } from '../shared/api/client'
import { useProblem } from '../shared/ui/useProblem'
import type { LogRecord } from './course'
import { useRegister } from './useRegister'

/** Between two records while it plays, milliseconds. */
const STEP_MS = 900
/** States that are kept: a slider is drawn back and forth. */
const KEPT_MAX = 400

export function useReplay(id: () => string | undefined) {
  const explain = useProblem()
  const register = useRegister()
  const log = shallowRef<LogRecord[]>([])
  const at = ref(0)
  const then = shallowRef<CaseView | null>(null)
  const failed = ref('')
  const playing = ref(false)
  const kept = new Map<number, CaseView>()
  let timer: ReturnType<typeof setInterval> | undefined

  async function read(caseId: string) {
    stop()
    log.value = []
    then.value = null
    failed.value = ''
    kept.clear()
    at.value = 0
    try {
      const all: LogRecord[] = []
      for (;;) {
        const page = await body(api.GET('/api/v1/cases/{id}/events', { params: { path: { id: caseId }, query: { after: all.at(-1)?.version ?? 0, limit: 500 } } }))
        if (id() !== caseId) return
        all.push(...(page.items as unknown as LogRecord[]))
        if (!page.next || page.items.length === 0) break
      }
      // Its last state knows everybody who was asked or went: the record alone has numbers.
      if (all.length) {
        const last = await body(api.GET('/api/v1/cases/{id}/at/{version}', { params: { path: { id: caseId, version: all.length } } })).catch(() => null)
        if (id() !== caseId) return
        if (last) register.learn(last)
      }
      log.value = all
      at.value = all.length ? 1 : 0
    } catch (error) {
      failed.value = explain(error)
    }
  }
  watch(id, it => { if (it) void read(it); else { stop(); log.value = []; then.value = null } }, { immediate: true })

  watch(at, async version => {
    const caseId = id()
    if (!caseId || version < 1) return
    const known = kept.get(version)
    if (known) {
      then.value = known
      return
    }
    try {
      const it = await body(api.GET('/api/v1/cases/{id}/at/{version}', { params: { path: { id: caseId, version } } }))
      if (kept.size >= KEPT_MAX) kept.clear()
      kept.set(version, it)
      if (id() === caseId && at.value === version) then.value = it
      failed.value = ''
    } catch (error) {
      if (id() === caseId) failed.value = explain(error)
    }
  })

  const now = computed(() => log.value[at.value - 1])
  /** Seconds after the first record. */
  const since = (it: LogRecord) => Math.max(0, (Date.parse(it.at) - Date.parse(log.value[0]?.at ?? it.at)) / 1000)
  function go(to: number) {
    at.value = Math.min(log.value.length, Math.max(1, to))
  }
  function play() {
    if (playing.value) return stop()
    if (at.value >= log.value.length) go(1)
    playing.value = true
    timer = setInterval(() => {
      if (at.value >= log.value.length) stop()
      else go(at.value + 1)
    }, STEP_MS)
  }
  function stop() {
    playing.value = false
    clearInterval(timer)
  }
  onBeforeUnmount(stop)
  return { log, at, then, now, failed, playing, since, go, play, stop }
}
