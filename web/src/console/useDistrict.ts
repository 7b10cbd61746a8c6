// The district: its streets and what they have handed up, asked for again and again where this service is the district of any; and how
// the line of this street to its own district stands.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { api, body, type Schemas } from '../shared/api/client'

export type Street = Schemas['StreetDto']
export type Handup = Schemas['HandupDto']

/** Between two questions while there are streets, and while there are none. */
const EVERY_MS = 4_000
const SELDOM_MS = 60_000
/** How this street's own line stands is asked for so often. */
const LINE_EVERY_MS = 15_000

export const useDistrict = defineStore('district', () => {
  const board = shallowRef<Schemas['DistrictDto']>()
  const line = shallowRef<Schemas['UplinkDto']>()
  const failed = ref(false)
  let timers: ReturnType<typeof setTimeout>[] = []
  let round = 0

  const there = computed(() => (board.value?.streets.length ?? 0) > 0)
  const handups = computed(() => board.value?.handups.filter(it => it.rings) ?? [])
  const streets = computed(() => board.value?.streets.filter(it => it.rings) ?? [])
  const rings = computed(() => handups.value.length > 0 || streets.value.length > 0)

  async function read() {
    const mine = round
    try {
      const found = await body(api.GET('/api/v1/district/board'))
      if (mine !== round) return
      board.value = found
      failed.value = false
    } catch {
      // That the service does not answer is said over the whole page; what is old stays and has its time beside it.
      failed.value = true
    }
  }
  async function readLine() {
    try {
      line.value = await body(api.GET('/api/v1/district/uplink'))
    } catch {
      // As above; an auditor has no line to look at.
    }
  }
  function follow(work: () => Promise<void>, every: () => number) {
    const mine = round
    const slot = timers.push(setTimeout(() => {}, 0)) - 1
    const again = async () => {
      if (!document.hidden || rings.value) await work()
      if (mine === round) timers[slot] = setTimeout(() => void again(), every())
    }
    void again()
  }
  function open() {
    follow(read, () => (there.value ? EVERY_MS : SELDOM_MS))
    follow(readLine, () => (line.value?.configured === false ? SELDOM_MS : LINE_EVERY_MS))
  }
  function close() {
    round += 1
    for (const it of timers) clearTimeout(it)
    timers = []
    board.value = undefined
    line.value = undefined
  }
  return { board, line, failed, there, handups, streets, rings, read, open, close }
})
