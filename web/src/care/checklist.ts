// What is looked at before somebody leaves the scene, by kind of case. The words are among the languages (`list.…`).
export interface Item { id: string, required: boolean }

const must = (id: string): Item => ({ id, required: true })
const good = (id: string): Item => ({ id, required: false })

const BREATHES = must('breathes')
const SAFE = must('safe')
const LISTS: Record<string, readonly Item[]> = {
  sos: [SAFE, BREATHES, must('asked'), good('family')],
  fall: [SAFE, BREATHES, must('head'), must('moves'), good('slowly'), good('family')],
  smoke: [must('out'), must('off'), BREATHES, good('aired')],
  gas: [must('nospark'), must('out'), must('valve'), must('aired'), BREATHES],
  co: [must('out'), must('aired'), BREATHES, must('headache')],
  vital: [BREATHES, must('measured'), must('pills'), good('family')],
  inactivity: [BREATHES, must('asked'), must('device'), good('family')],
  offline: [BREATHES, must('asked'), must('device')],
  geofence: [SAFE, BREATHES, must('home'), must('family')],
  water_leak: [SAFE, must('valve'), must('asked')],
}
const NONE: readonly Item[] = []

export function listOf(kind: string, lane: string): readonly Item[] {
  return LISTS[kind] ?? (lane === 'help' ? [SAFE, BREATHES, must('asked')] : NONE)
}

/** What must be ticked and is not. */
export function missing(items: readonly Item[], ticked: readonly string[]): Item[] {
  return items.filter(it => it.required && !ticked.includes(it.id))
}
