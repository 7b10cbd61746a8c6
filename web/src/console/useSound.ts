// The tone of the desk: its own pattern for each severity, again and again until somebody takes the case. Made by the browser
// itself, so there is no file to load or to license.
import { useLocalStorage, useSessionStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import type { CaseView, Severity } from '../shared/api/client'
import { useLive } from '../shared/live/useLive'
import { isOver, RANK } from './queue'
import { useDesk } from './useDesk'

/** Beeps as [start s, length s, hertz]; high and fast is grave. */
const PATTERN: Record<Severity, readonly (readonly [number, number, number])[]> = {
  critical: [[0, 0.16, 988], [0.2, 0.16, 784], [0.4, 0.16, 988], [0.6, 0.16, 784], [0.8, 0.3, 988]],
  urgent: [[0, 0.22, 784], [0.3, 0.22, 784]],
  routine: [[0, 0.25, 587]],
  technical: [[0, 0.12, 440]],
}
/** Pause from the start of one round to the next, milliseconds. */
const EVERY_MS: Record<Severity, number> = { critical: 2_000, urgent: 4_000, routine: 8_000, technical: 30_000 }

export const useSound = defineStore('sound', () => {
  const live = useLive()
  const desk = useDesk()
  const volume = useLocalStorage('ecd.volume', 0.7)
  const speaks = useLocalStorage('ecd.speaks', false)
  /** Somebody has heard it at this seat since they signed in. */
  const tested = useSessionStorage('ecd.soundTested', false)
  const blocked = ref(false)
  const ringing = ref<Severity | null>(null)
  /** What rings beside the cases: hand-ups of streets. */
  const beside = ref<Severity | null>(null)

  let context: AudioContext | undefined
  let next: ReturnType<typeof setTimeout> | undefined

  /** Browsers keep a page silent until somebody has touched it. */
  async function wake(): Promise<boolean> {
    try {
      context ??= new AudioContext()
      context.onstatechange = () => { blocked.value = context?.state !== 'running' }
      if (context.state !== 'running') await Promise.race([context.resume(), new Promise(done => setTimeout(done, 500))])
      blocked.value = context.state !== 'running'
    } catch {
      blocked.value = true
    }
    return !blocked.value
  }

  function play(severity: Severity) {
    if (!context || context.state !== 'running') return
    const start = context.currentTime + 0.02
    for (const [at, length, hertz] of PATTERN[severity]) {
      const tone = context.createOscillator()
      const gain = context.createGain()
      tone.type = 'triangle'
      tone.frequency.value = hertz
      gain.gain.setValueAtTime(0, start + at)
      gain.gain.linearRampToValueAtTime(volume.value, start + at + 0.015)
      gain.gain.setValueAtTime(volume.value, start + at + length - 0.03)
      gain.gain.linearRampToValueAtTime(0, start + at + length)
      tone.connect(gain).connect(context.destination)
      tone.start(start + at)
      tone.stop(start + at + length + 0.02)
    }
  }

  const muted = computed(() => desk.mutedUntil > live.now)
  /** Held back by the desk. What becomes critical afterwards is not: nobody has heard it yet. */
  const silent = (it: CaseView) => muted.value && (it.severity !== 'critical' || desk.mutedOver.has(it.id))
  /** The gravest case that rings. Whether it does is the service's word: a take ends it, and another alert of the same elder rings whoever
      has taken it. */
  const wanted = computed<CaseView | null>(() => {
    let worst: CaseView | null = null
    for (const it of live.cases.values()) {
      if (it.tone && !isOver(it) && !silent(it) && (!worst || RANK[it.severity] < RANK[worst.severity])) worst = it
    }
    return worst
  })
  const severity = computed(() => {
    if (!desk.mayAct) return null
    const other = muted.value ? null : beside.value
    const own = wanted.value?.severity ?? null
    return own && other ? (RANK[own] <= RANK[other] ? own : other) : own ?? other
  })

  async function round() {
    clearTimeout(next)
    const it = severity.value
    ringing.value = it
    if (!it) return
    if (await wake()) play(it)
    if (severity.value === it) next = setTimeout(() => void round(), EVERY_MS[it])
  }
  watch(severity, () => void round())

  // ------------------------------------------------------------------ spoken
  const said = new Set<string>()
  function speak(text: string, language: string) {
    if (!('speechSynthesis' in window)) return
    const words = new SpeechSynthesisUtterance(text)
    words.lang = language
    words.rate = 1.1
    speechSynthesis.speak(words)
  }
  function announce(it: CaseView, text: string, language: string) {
    if (!speaks.value || said.has(it.id) || silent(it)) return
    said.add(it.id)
    speak(text, language)
  }

  async function test(which: Severity) {
    if (await wake()) play(which)
  }
  function end() {
    clearTimeout(next)
    ringing.value = null
    void context?.close()
    context = undefined
  }
  return { volume, speaks, tested, blocked, ringing, beside, muted, wake, test, speak, announce, end }
})
