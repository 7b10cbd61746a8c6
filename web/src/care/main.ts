// The client of whoever goes: one hand, a phone, perhaps no network. First the door, which is all that a first visit shows; what lies behind
// it is fetched once the door stands, and at once by whoever is signed in.
import { createPinia } from 'pinia'
import { type Component, createApp, shallowRef } from 'vue'
import '../shared/theme/theme'
import '../shared/theme/tokens.css'
import './care.css'
import { keepOnDevice, useSession } from '../shared/api/session'
import { makeI18n } from '../shared/i18n'
import Door from './Door.vue'
import en from './i18n/en.json'
import zh from './i18n/zh-CN.json'

/** Between two tries to fetch what lies behind the door. */
const AGAIN_MS = 3_000

function start() {
  keepOnDevice()
  const inside = shallowRef<Component>()
  const app = createApp(Door, { inside })
  app.use(createPinia()).use(makeI18n({ 'zh-CN': zh, en }))
  async function open() {
    try {
      const { App, router } = await import('./inside')
      app.use(router)
      inside.value = App
    } catch {
      setTimeout(() => void open(), AGAIN_MS)
    }
  }
  const known = useSession().signedIn
  if (known) void open()
  app.mount('#app')
  // A frame and a task later the door is painted.
  if (!known) requestAnimationFrame(() => setTimeout(() => void open()))
}

// A service worker keeps what lies below its own folder: from `/care` without the stroke the page would never open offline.
if (location.pathname === '/care') location.replace(`/care/${location.search}${location.hash}`)
else start()
