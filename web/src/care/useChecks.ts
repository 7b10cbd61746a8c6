// Whether this phone can do what a shift asks of it: each check by name, and what mends it.
import { useLocalStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { useLive } from '../shared/live/useLive'
import { useAlarm } from './useAlarm'
import { usePlace } from './usePlace'
import { usePush } from './usePush'
import { useScreen } from './useScreen'

export type CheckName = 'link' | 'notification' | 'push' | 'sound' | 'location' | 'clock' | 'battery' | 'screen'
/** `ask`: not known until somebody presses the key beside it. */
export type Health = 'good' | 'bad' | 'ask'
export interface Check { name: CheckName, health: Health, why: string, values?: Record<string, string | number>, act?: 'allow' | 'try' | 'ring' | 'agree' }

/** A phone's clock that is further off than this is said; countdowns go by the service's clock all the same. */
export const CLOCK_OFF_MS = 5_000
export const BATTERY_LOW = 0.2
/** Under this the position goes out less often. */
export const BATTERY_SPARE = 0.15

interface Battery extends EventTarget { level: number, charging: boolean }

export const useChecks = defineStore('checks', () => {
  const live = useLive()
  const alarm = useAlarm()
  const place = usePlace()
  const screen = useScreen()
  const push = usePush()
  const notification = ref(typeof Notification === 'undefined' ? 'missing' : Notification.permission as string)
  const location = ref<string>('geolocation' in navigator ? 'prompt' : 'missing')
  const battery = ref<{ level: number, charging: boolean } | null>(null)
  /** Phones whose browser does not say: somebody has looked. */
  const located = useLocalStorage('ecd.care.located', false)

  const checks = computed<Check[]>(() => [link(), sound(), notice(), ...pushed(), where(), clock(), power(), ...lit()])
  const failing = computed(() => checks.value.filter(it => it.health !== 'good'))

  function link(): Check {
    return live.isLive ? { name: 'link', health: 'good', why: 'linkGood' } : { name: 'link', health: 'bad', why: navigator.onLine ? 'linkBad' : 'linkOffline' }
  }
  function sound(): Check {
    if (alarm.quiet) return { name: 'sound', health: 'bad', why: 'soundQuiet', act: 'ring' }
    if (alarm.state === 'blocked') return { name: 'sound', health: 'bad', why: 'soundBlocked', act: 'try' }
    return alarm.tested && alarm.state === 'running' ? { name: 'sound', health: 'good', why: 'soundGood', act: 'try' } : { name: 'sound', health: 'ask', why: 'soundAsk', act: 'try' }
  }
  function notice(): Check {
    switch (notification.value) {
      case 'granted': return { name: 'notification', health: 'good', why: 'notificationGood' }
      case 'denied': return { name: 'notification', health: 'bad', why: 'notificationDenied' }
      case 'missing': return { name: 'notification', health: 'bad', why: 'notificationMissing' }
      default: return { name: 'notification', health: 'ask', why: 'notificationAsk', act: 'allow' }
    }
  }
  /** Where nobody is pushed to nothing is said of it; where notifications are forbidden that is what is said. */
  function pushed(): Check[] {
    if (notification.value === 'denied') return []
    switch (push.state) {
      case 'unset': case 'refused': return []
      case 'on': return [{ name: 'push', health: 'good', why: 'pushOn' }]
      case 'off': return [{ name: 'push', health: 'ask', why: 'pushOff', act: 'agree' }]
      case 'failed': return [{ name: 'push', health: 'bad', why: 'pushFailed', act: 'agree' }]
      case 'missing': return [{ name: 'push', health: 'bad', why: 'pushMissing' }]
      case 'install': return [{ name: 'push', health: 'bad', why: 'pushInstall' }]
      case 'foreign': return [{ name: 'push', health: 'bad', why: 'pushForeign' }]
      default: return push.state satisfies never
    }
  }
  function where(): Check {
    if (location.value === 'missing') return { name: 'location', health: 'bad', why: 'locationMissing' }
    if (location.value === 'denied' || place.refused) return { name: 'location', health: 'bad', why: 'locationDenied' }
    if (location.value === 'granted' || located.value) return { name: 'location', health: 'good', why: 'locationGood' }
    return { name: 'location', health: 'ask', why: 'locationAsk', act: 'allow' }
  }
  function clock(): Check {
    if (!live.known) return { name: 'clock', health: 'ask', why: 'clockAsk' }
    const off = Math.round(live.offset / 1000)
    return Math.abs(live.offset) > CLOCK_OFF_MS ? { name: 'clock', health: 'bad', why: off > 0 ? 'clockSlow' : 'clockFast', values: { s: Math.abs(off) } } : { name: 'clock', health: 'good', why: 'clockGood' }
  }
  function power(): Check {
    const it = battery.value
    if (!it) return { name: 'battery', health: 'good', why: 'batteryUnknown' }
    const percent = Math.round(it.level * 100)
    return it.level < BATTERY_LOW && !it.charging ? { name: 'battery', health: 'bad', why: 'batteryLow', values: { n: percent } } : { name: 'battery', health: 'good', why: it.charging ? 'batteryCharging' : 'batteryGood', values: { n: percent } }
  }

  /** Said where something is the matter, or on a task: before one nobody knows, and nobody need ask. */
  function lit(): Check[] {
    switch (screen.state) {
      case 'unknown': return []
      case 'lit': return [{ name: 'screen', health: 'good', why: 'screenGood' }]
      case 'refused': return [{ name: 'screen', health: 'bad', why: 'screenRefused' }]
      case 'missing': return [{ name: 'screen', health: 'bad', why: 'screenMissing' }]
      default: return screen.state satisfies never
    }
  }

  /** What the phone can say has been asked. */
  const looked = ref(false)
  async function look() {
    if (typeof Notification !== 'undefined') notification.value = Notification.permission
    try {
      const it = await navigator.permissions.query({ name: 'geolocation' })
      location.value = it.state
      it.onchange = () => { location.value = it.state }
    } catch {
      // Some browsers do not say; the first reading will.
    }
    try {
      const it = await (navigator as Navigator & { getBattery?: () => Promise<Battery> }).getBattery?.()
      const read = () => {
        if (!it) return
        battery.value = { level: it.level, charging: it.charging }
        place.lowBattery = it.level < BATTERY_SPARE && !it.charging
      }
      read()
      it?.addEventListener('levelchange', read)
      it?.addEventListener('chargingchange', read)
    } catch {
      // Some have it and do not answer; iPhones have none.
    }
    looked.value = true
  }

  async function mend(name: CheckName) {
    if (name === 'sound') {
      // Whoever switches it on hears it at once.
      alarm.quiet = false
      await alarm.test()
    }
    else if (name === 'notification') notification.value = await Notification.requestPermission()
    else if (name === 'push') {
      await push.agree()
      if (typeof Notification !== 'undefined') notification.value = Notification.permission
    }
    else if (name === 'location') {
      await new Promise<void>(done => navigator.geolocation.getCurrentPosition(
        () => { location.value = 'granted'; located.value = true; done() },
        error => { if (error.code === error.PERMISSION_DENIED) location.value = 'denied'; done() }, { timeout: 10_000 }))
    }
  }
  return { checks, failing, looked, look, mend }
})
