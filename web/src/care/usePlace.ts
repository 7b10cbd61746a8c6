// Where the phone is. On a task the service hears it every five seconds or twenty metres, the newest only: what it is asked for
// is where somebody is, not where they were. Off task nothing is looked at and nothing is sent.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { api } from '../shared/api/client'
import { useSession } from '../shared/api/session'

export interface Fix { lat: number, lon: number, accuracy: number, at: number }

export const EVERY_MS = 5_000
/** With a battery that will not last the way. */
export const EVERY_LOW_MS = 30_000
export const MOVED_M = 20

/** Metres between two places; as the crow flies, which over some metres is the truth. */
export function metres(a: { lat: number, lon: number }, b: { lat: number, lon: number }): number {
  const k = 111_320
  return Math.hypot((a.lat - b.lat) * k, (a.lon - b.lon) * k * Math.cos((a.lat * Math.PI) / 180))
}

/** Whether this fix is to be sent, after the one sent before it. */
export function isDue(last: Fix | null, next: Fix, everyMs: number): boolean {
  return !last || next.at - last.at >= everyMs || metres(last, next) >= MOVED_M
}

export const usePlace = defineStore('place', () => {
  const session = useSession()
  const fix = shallowRef<Fix | null>(null)
  const sent = shallowRef<Fix | null>(null)
  const refused = ref(false)
  const watching = ref(false)
  const lowBattery = ref(false)
  const everyMs = computed(() => (lowBattery.value ? EVERY_LOW_MS : EVERY_MS))
  let handle: number | undefined
  let beat: ReturnType<typeof setInterval> | undefined
  let sending: Promise<void> | undefined

  function start() {
    if (watching.value || !('geolocation' in navigator)) return
    watching.value = true
    handle = navigator.geolocation.watchPosition(heard, error => { refused.value = error.code === error.PERMISSION_DENIED }, { enableHighAccuracy: true, maximumAge: 5_000 })
    // Who stands still is read anew as well: an old position counts for nothing.
    beat = setInterval(() => {
      if (Date.now() - (sent.value?.at ?? 0) >= everyMs.value) navigator.geolocation.getCurrentPosition(heard, () => {}, { enableHighAccuracy: true, maximumAge: 4_000, timeout: 4_500 })
    }, EVERY_MS)
  }
  function stop() {
    if (handle !== undefined) navigator.geolocation.clearWatch(handle)
    handle = undefined
    clearInterval(beat)
    watching.value = false
    sent.value = null
    fix.value = null
  }
  function heard(it: GeolocationPosition) {
    refused.value = false
    fix.value = { lat: it.coords.latitude, lon: it.coords.longitude, accuracy: it.coords.accuracy, at: Date.now() }
    if (isDue(sent.value, fix.value, everyMs.value)) void send()
  }
  function send(): Promise<void> {
    const it = fix.value
    if (!it || !session.signedIn) return Promise.resolve()
    sending ??= (async () => {
      try {
        const { response } = await api.POST('/api/v1/responders/me/position', { body: { lat: it.lat, lon: it.lon, crs: 'wgs84', accuracy_m: it.accuracy }, signal: AbortSignal.timeout(8_000) })
        if (response.ok) sent.value = it
      } catch {
        // The next one will do.
      } finally {
        sending = undefined
      }
    })()
    return sending
  }
  /** Before a word that counts by place. */
  async function sendNewest() {
    // The one that is on its way may be of an earlier place.
    await sending
    if (watching.value && fix.value && fix.value !== sent.value) await send()
  }
  const asPosition = () => (fix.value ? { position: { lat: fix.value.lat, lon: fix.value.lon, crs: 'wgs84' as const, accuracy_m: fix.value.accuracy } } : {})

  return { fix, sent, refused, watching, lowBattery, start, stop, send, sendNewest, asPosition }
})
