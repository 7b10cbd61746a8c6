// The visits of whoever walks the grid: the list as the service has it, or as the phone kept it, and what came of each filed today.
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { api, body, type Schemas } from '../shared/api/client'
import { Problem } from '../shared/api/problem'
import { useSession } from '../shared/api/session'
import { useProblem } from '../shared/ui/useProblem'
import en from './i18n/visits/en.json'
import zh from './i18n/visits/zh-CN.json'
import { picture } from './queue/store'
import { useQueue } from './useQueue'

export type ToMake = Schemas['VisitToMakeDto']
export interface Fix { lat: number, lon: number, accuracy: number }

/** Whose visit an entry of the queue is. */
export const elderOf = (path: string) => /\/elders\/([^/]+)\/visits/.exec(path)?.[1] ?? ''
/** What stays on the phone: who and where, and nothing of needs. */
export const keepable = (all: readonly ToMake[]): ToMake[] => all.map(it => ({ ...it, need_labels: [] }))

/** What is wanted of a visit and not there yet, by its field. */
export function lacking(it: { result: string, words: string, companion: string, pair: boolean, way: string, file: boolean, right: string }): string[] {
  return [
    ...(it.result ? [] : ['result']),
    ...((it.result === 'needs_help' || it.result === 'needs_attention') && !it.words.trim() ? ['words'] : []),
    ...(it.pair && it.way === 'door' && !it.companion ? ['companion_id'] : []),
    ...(it.file && !it.right ? ['consent'] : []),
  ]
}

export const useVisits = defineStore('visits', () => {
  const { mergeLocaleMessage } = useI18n()
  mergeLocaleMessage('zh-CN', zh)
  mergeLocaleMessage('en', en)
  const session = useSession()
  const queue = useQueue()
  const explain = useProblem()
  const items = shallowRef<ToMake[] | null>(null)
  /** When the phone kept what is shown; none: it is the service's word. */
  const keptAt = shallowRef<number | null>(null)
  const failed = shallowRef('')
  const ahead = shallowRef<0 | 7>(0)
  /** What came of those filed while the page is open, by elder. */
  const outcomes = shallowRef<ReadonlyMap<string, Schemas['VisitedDto']>>(new Map())
  const waiting = computed(() => new Set(queue.shown.filter(it => it.act === 'visit').map(it => elderOf(it.path))))

  async function read() {
    const user = session.me?.user_id
    const days = ahead.value
    if (!user) return
    try {
      const found = (await body(api.GET('/api/v1/responders/me/visits', { params: { query: { ahead_days: days } } }))).items
      if (ahead.value !== days) return
      items.value = found
      keptAt.value = null
      failed.value = ''
      await picture.writeVisits({ user, at: Date.now(), visits: keepable(found) }).catch(() => {})
    } catch (error) {
      if (error instanceof Problem && error.status === 0) {
        const kept = items.value ? undefined : await picture.visits(user, Date.now()).catch(() => undefined)
        if (kept?.at) [items.value, keptAt.value] = [kept.visits, kept.at]
        if (items.value) return
      }
      failed.value = explain(error)
    }
  }
  watch(() => queue.answered, it => {
    if (it?.entry.act !== 'visit' && it?.entry.act !== 'visit-photo') return
    outcomes.value = new Map(outcomes.value).set(elderOf(it.entry.path), it.answer as Schemas['VisitedDto'])
    void read()
  })
  const deed = (path: string, what: unknown, file?: Blob, right?: string) => ({ caseId: null, path, body: what, ...(file ? { right } : {}) })
  /** A visit, with its photo where there is one. */
  const file = (elder: string, it: Schemas['VisitIn'], photo?: Blob, right?: string) => queue.act('visit', deed(`/api/v1/elders/${elder}/visits`, it, photo, right), photo)
  /** A photo that is added to a visit of today. */
  const add = (of: Schemas['VisitDto'], photo: Blob, right: string) => queue.act('visit-photo', deed(`/api/v1/elders/${of.elder_id}/visits/${of.id}/photo`, {}, photo, right), photo)
  // Of another account's nothing is left.
  watch(() => session.me?.user_id, () => {
    items.value = null
    outcomes.value = new Map()
  })
  return { items, keptAt, failed, ahead, outcomes, waiting, read, file, add }
})
