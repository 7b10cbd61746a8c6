// Who is signed in as a responder, and whether they are at work.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { api, body, newKey, type ResponderView } from '../shared/api/client'
import { useSession } from '../shared/api/session'

const KEPT = 'ecd.care.responder'

export const useMe = defineStore('responder', () => {
  const session = useSession()
  const me = shallowRef<ResponderView | null>(read())
  const busy = ref(false)
  const mine = computed(() => (me.value?.id === session.me?.responder_id ? me.value : null))
  const onDuty = computed(() => mine.value?.on_duty ?? false)

  function read(): ResponderView | null {
    try {
      return JSON.parse(localStorage.getItem(KEPT) ?? 'null')
    } catch {
      return null
    }
  }
  function keep(it: ResponderView) {
    me.value = it
    localStorage.setItem(KEPT, JSON.stringify({ ...it, position: undefined, base: undefined }))
  }

  async function load() {
    const id = session.me?.responder_id
    if (!id) return
    keep(await body(api.GET('/api/v1/responders/{id}', { params: { path: { id } } })))
  }
  /** Nothing is shown before the service has said so. */
  async function duty(on: boolean) {
    busy.value = true
    try {
      const now = await body(api.PUT('/api/v1/responders/me/duty', { body: { on }, headers: { 'idempotency-key': newKey() } }))
      if (me.value) keep({ ...me.value, on_duty: now.on, duty_since: now.since })
      else await load()
    } finally {
      busy.value = false
    }
  }
  function forget() {
    me.value = null
    localStorage.removeItem(KEPT)
  }
  return { me: mine, onDuty, busy, load, duty, forget }
})
