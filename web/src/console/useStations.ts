// Fixed places that give service, for the map. They change seldom: read once a session, and again when asked for after a failure.
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { api, body, type Schemas } from '../shared/api/client'

export type Station = Schemas['StationDto']
const KEPT = 'ecd.stations'

export const useStations = defineStore('stations', () => {
  const all = shallowRef<readonly Station[]>([])
  const known = ref(false)
  /** Whether they are on the map. */
  const shown = ref(localStorage.getItem(KEPT) !== 'off')

  async function read() {
    if (known.value) return
    try {
      all.value = (await body(api.GET('/api/v1/stations'))).items
      known.value = true
    } catch {
      // The map holds without them; the next touch of the key asks again.
    }
  }
  function turn() {
    shown.value = !shown.value
    localStorage.setItem(KEPT, shown.value ? 'on' : 'off')
    if (shown.value) void read()
  }
  if (shown.value) void read()
  return { all, known, shown, turn, read }
})
