// What is sealed of an elder: asked for, shown for two minutes, and in this page's memory only. Each look is recorded.
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { api, body, type Schemas } from '../shared/api/client'

export const SHOWN_MS = 120_000
export type Field = 'phones' | 'access' | 'health'
export type Access = Schemas['AccessDto']

export const useAccess = defineStore('access', () => {
  const shown = shallowRef<ReadonlyMap<string, Access>>(new Map())
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  const keyOf = (caseId: string, elderId: string, field: Field) => `${caseId} ${elderId} ${field}`

  async function look(caseId: string, elderId: string, field: Field) {
    const key = keyOf(caseId, elderId, field)
    const it = await body(api.GET('/api/v1/elders/{id}/access', { params: { path: { id: elderId }, query: { case_id: caseId, fields: field, reason: 'on the case' } } }))
    shown.value = new Map(shown.value).set(key, it)
    clearTimeout(timers.get(key))
    timers.set(key, setTimeout(() => hide(key), SHOWN_MS))
  }
  const of = (caseId: string, elderId: string, field: Field) => shown.value.get(keyOf(caseId, elderId, field))

  function hide(key: string) {
    const next = new Map(shown.value)
    next.delete(key)
    shown.value = next
    clearTimeout(timers.get(key))
    timers.delete(key)
  }
  /** Forgets all but what belongs to these cases. */
  function wipe(but: readonly string[] = []) {
    for (const key of shown.value.keys()) if (!but.some(id => key.startsWith(id))) hide(key)
  }
  const close = (caseId: string, elderId: string, field: Field) => hide(keyOf(caseId, elderId, field))
  return { look, of, close, wipe }
})
