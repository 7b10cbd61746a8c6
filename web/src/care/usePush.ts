// Notifications on this phone while the page is closed: its consent, and what becomes of a tap on one of them.
import { defineStore } from 'pinia'
import { ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { api, body, newKey } from '../shared/api/client'
import { Consent, type PushState } from '../shared/push/consent'

export const usePush = defineStore('push', () => {
  const { locale } = useI18n()
  const state = ref<PushState>('unset')
  const busy = ref(false)
  const consent = new Consent('care', {
    key: async () => (await body(api.GET('/api/v1/me/push-key'))).key,
    add: async it => (await body(api.POST('/api/v1/me/push-subscriptions', { body: it, headers: { 'idempotency-key': newKey() } }))).id,
    end: id => body(api.POST('/api/v1/me/push-subscriptions/{rid}/end', { params: { path: { rid: id } }, headers: { 'idempotency-key': newKey() } })),
  }, () => locale.value, it => { state.value = it })

  async function alone(work: () => Promise<void>) {
    if (busy.value) return
    busy.value = true
    try {
      await work()
    } finally {
      busy.value = false
    }
  }
  const look = () => alone(() => consent.look())
  const agree = () => alone(() => consent.agree())
  /** Before signing out: afterwards nobody may take it back but the browser. */
  const leave = () => consent.leave()
  async function forget() {
    state.value = 'unset'
    await consent.forget()
  }
  watch(locale, () => { if (state.value === 'on') void consent.say() })

  /** What the worker says: a notification was tapped, or the browser has another address. `go` leads there. */
  function listen(go: (path: string) => void) {
    if (!('serviceWorker' in navigator)) return
    navigator.serviceWorker.addEventListener('message', event => {
      const it = event.data as { open?: unknown, push?: unknown } | null
      if (typeof it?.open === 'string' && it.open.startsWith('/care/')) go(it.open.slice('/care'.length))
      else if (it?.push === 'changed') void look()
    })
  }
  return { state, busy, look, agree, leave, forget, listen }
})
