// Devices as the office sees them: which are shown, how each stands, and what is sent of a form.
import type { Schemas } from '../shared/api/client'

export type Device = Schemas['DeviceDto']
export const STATES = ['here', 'late', 'silent', 'never', 'not_awaited', 'low_battery', 'test', 'unbound', 'out_of_service'] as const
export const REASONS = ['broken', 'lost', 'returned', 'left', 'mistake', 'other'] as const
/** Minutes of a test; the service holds it to four hours. */
export const TEST_MINUTES = [15, 30, 60, 120, 240] as const

export interface DeviceDraft { label: string, kind: string, protocol: string, number: string, crs: string, place: string, voice: boolean }
export const emptyDraft = (): DeviceDraft => ({ label: '', kind: '', protocol: '', number: '', crs: '', place: '', voice: false })

/** What is sent: an empty field is left out. */
export function sent(it: DeviceDraft): Schemas['DeviceIn'] {
  const text = (value: string) => value.trim() || undefined
  return { label: text(it.label), kind: text(it.kind), protocol: text(it.protocol), number: it.protocol ? text(it.number) : undefined, crs: it.protocol ? text(it.crs) : undefined, place: text(it.place), voice_path: it.voice }
}

/** How it stands, the gravest first; and whether somebody should look. */
export function standing(it: Device): { word: typeof STATES[number], bad: boolean } {
  if (!it.in_service) return { word: 'out_of_service', bad: false }
  if (it.test_until) return { word: 'test', bad: false }
  if (!it.elder_id && !it.household_id) return { word: 'unbound', bad: false }
  const word = STATES.find(one => one === it.presence) ?? 'not_awaited'
  return { word, bad: word === 'silent' || word === 'late' }
}

/** Whether a search finds it: by its number, its name on the line, its model, whose it is or where it hangs. */
export function finds(it: Device, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  return !wanted || [it.code, it.number, it.model, it.elder_name, it.place, it.area_code].some(part => part?.toLowerCase().includes(wanted))
}
