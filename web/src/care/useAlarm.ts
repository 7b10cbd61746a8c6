// What makes somebody look: a tone for each severity, the phone's own shaking, a notification when the page is behind others.
// The browser makes the tone itself, so there is no file to load or to license.
import { useLocalStorage, useSessionStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import type { CaseView, Severity } from '../shared/api/client'
import { useWords } from '../shared/i18n/words'
import { useOffers } from './useOffers'

/** Beeps as [start s, length s, hertz]; high and fast is grave. */
const PATTERN: Record<Severity, readonly (readonly [number, number, number])[]> = {
  critical: [[0, 0.18, 1047], [0.22, 0.18, 784], [0.44, 0.18, 1047], [0.66, 0.18, 784], [0.88, 0.34, 1047]],
  urgent: [[0, 0.24, 784], [0.32, 0.24, 784]],
  routine: [[0, 0.28, 587]],
  technical: [[0, 0.14, 440]],
}
const SHAKE: Record<Severity, number[]> = { critical: [400, 150, 400, 150, 700], urgent: [300, 150, 300], routine: [250], technical: [120] }
/** From the start of one round to the next, milliseconds. */
const EVERY_MS: Record<Severity, number> = { critical: 2_000, urgent: 3_000, routine: 6_000, technical: 12_000 }
const VOLUME = 0.8

export const useAlarm = defineStore('alarm', () => {
  const offers = useOffers()
  const { t } = useI18n()
  const { word } = useWords()
  /** Somebody has heard it on this phone since the page was opened. */
  const tested = useSessionStorage('ecd.care.soundTested', false)
  const quiet = useLocalStorage('ecd.care.quiet', false)
  const state = ref<'unknown' | 'running' | 'blocked'>('unknown')
  const ringing = ref<Severity | null>(null)
  let context: AudioContext | undefined
  let next: ReturnType<typeof setTimeout> | undefined

  /** Browsers keep a page silent until somebody has touched it. */
  async function wake(): Promise<boolean> {
    try {
      context ??= new AudioContext()
      const it = context
      it.onstatechange = () => { state.value = it.state === 'running' ? 'running' : 'blocked' }
      if (it.state !== 'running') await Promise.race([it.resume(), new Promise(done => setTimeout(done, 500))])
      state.value = it.state === 'running' ? 'running' : 'blocked'
    } catch {
      state.value = 'blocked'
    }
    return state.value === 'running'
  }

  /** One beep, now or in so many seconds. */
  function beep(at: number, length: number, hertz: number, volume = VOLUME) {
    if (!context || context.state !== 'running') return
    const start = context.currentTime + at + 0.02
    const tone = context.createOscillator()
    const gain = context.createGain()
    tone.type = 'triangle'
    tone.frequency.value = hertz
    gain.gain.setValueAtTime(0, start)
    gain.gain.linearRampToValueAtTime(volume, start + 0.012)
    gain.gain.setValueAtTime(volume, start + length - 0.03)
    gain.gain.linearRampToValueAtTime(0, start + length)
    tone.connect(gain).connect(context.destination)
    tone.start(start)
    tone.stop(start + length + 0.02)
  }
  const play = (severity: Severity) => { for (const [at, length, hertz] of PATTERN[severity]) beep(at, length, hertz) }
  function shake(pattern: number[]) {
    // Refused before the first touch, and not there at all on some phones.
    navigator.vibrate?.(pattern)
  }

  /** What asks for an answer: an order of the desk, or an offer. */
  const asks = computed(() => offers.order ?? (offers.current?.open ? offers.current.it : null))
  const severity = computed<Severity | null>(() => asks.value?.severity ?? null)
  async function round() {
    clearTimeout(next)
    const it = severity.value
    if (!it && ringing.value) shake([])
    ringing.value = it
    if (!it) return
    if (!quiet.value && await wake()) play(it)
    if (document.visibilityState === 'visible') shake(SHAKE[it])
    if (severity.value === it) next = setTimeout(() => void round(), EVERY_MS[it])
  }
  watch([severity, () => asks.value?.id], () => void round(), { immediate: true })

  watch(asks, it => { if (it) void announce(it, `${word('severity', it.severity)} · ${word('kind', it.kind)}`, t('offer.notice', { area: it.area_name ?? '' })) })
  /** Behind another page. No name and no street: a lock screen is read by anybody. */
  async function announce(it: Pick<CaseView, 'id'>, title: string, text: string) {
    if (document.visibilityState !== 'hidden' || !('Notification' in window) || Notification.permission !== 'granted') return
    const options = { body: text, tag: it.id, requireInteraction: true, icon: '/care/icon-192.png', lang: document.documentElement.lang }
    const worker = await navigator.serviceWorker?.getRegistration('/care/')
    if (worker) return worker.showNotification(title, options)
    try {
      const shown = new Notification(title, options)
      shown.onclick = () => { window.focus(); shown.close() }
    } catch {
      // Phones show notifications only through a service worker.
    }
  }

  async function test() {
    tested.value = true
    if (await wake()) play('critical')
    shake(SHAKE.critical)
  }
  function end() {
    clearTimeout(next)
    ringing.value = null
    void context?.close()
    context = undefined
  }
  return { tested, quiet, state, ringing, wake, beep, shake, announce, test, end }
})
