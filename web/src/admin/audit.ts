// What a line of the register's log says was changed: field by field, and only those that differ.
export interface Difference {
  /** Empty: the thing as a whole. */
  field: string
  /** As it was; undefined: there was nothing. */
  before?: string
  after: string
}

function told(it: unknown): string {
  if (it === null || it === undefined || it === '') return '–'
  if (Array.isArray(it)) return it.length ? it.map(told).join(', ') : '–'
  if (typeof it === 'object') return Object.entries(it).map(([key, value]) => `${key} ${told(value)}`).join(' · ')
  return String(it)
}

const isRecord = (it: unknown): it is Record<string, unknown> => typeof it === 'object' && it !== null && !Array.isArray(it)

export function differences(before: unknown, after: unknown): Difference[] {
  if (after === null || after === undefined) return []
  if (!isRecord(after)) {
    return told(before) === told(after) ? [] : [{ field: '', ...(before === null || before === undefined ? {} : { before: told(before) }), after: told(after) }]
  }
  const was = isRecord(before) ? before : {}
  const names = [...new Set([...Object.keys(was), ...Object.keys(after)])]
  return names
    // A sealed field stands as '…' before and after: that it was written is all that may be said.
    .filter(name => told(was[name]) !== told(after[name]) || after[name] === '…')
    .map(name => ({ field: name, ...(isRecord(before) ? { before: told(was[name]) } : {}), after: told(after[name]) }))
}
