// The log of a case as a list for people: what changes little is folded, nothing is left out of "all".
/** A record as it is stored: its fields depend on its type (`src/case/record.rs`). */
export interface LogRecord {
  version: number
  at: string
  type: string
  by: { type: 'system' | 'device' | 'user' | 'responder' | 'family' | 'call', id?: string }
  [field: string]: unknown
}

/** What a reader in a hurry wants to know. */
const KEY = new Set([
  'opened', 'joined', 'tier_raised', 'accepted', 'declined', 'assigned', 'stood_down', 'lead_chosen', 'no_lead', 'lead_lost', 'departed', 'arrived', 'arrival_undone', 'contact_made', 'no_entry', 'support_asked', 'door_late',
  'eta_beyond', 'voice_result', 'taken', 'take_lapsed', 'untouched', 'noted', 'photographed', 'severity_changed', 'referred', 'referral_acknowledged', 'referral_late', 'referral_handed', 'referral_answered', 'referral_waived', 'entry_step', 'resolved', 'closed', 'reopened', 'followed_up', 'help_rated', 'withdrawn', 'warned', 'recovered', 'family_said', 'family_asked', 'family_cannot', 'family_unconfirmed', 'file_opened', 'not_told', 'quota_refused', 'nobody_found', 'service_wished', 'station_asked', 'no_station', 'station_said', 'station_silent', 'time_agreed', 'service_overdue', 'service_done', 'service_cancelled', 'service_rated', 'turned_to_help',
])
/** What a device, a voice or a witness has said. */
const EVIDENCE = new Set(['opened', 'joined', 'warned', 'voice_result', 'contact_made', 'arrived', 'no_entry', 'withdrawn', 'recovered', 'family_said', 'photographed'])
const GRAVE = new Set(['opened', 'take_lapsed', 'tier_raised', 'untouched', 'door_late', 'no_entry', 'support_asked', 'lead_lost', 'referral_late', 'not_told', 'family_unconfirmed'])
const GOOD = new Set(['lead_chosen', 'arrived', 'contact_made', 'recovered', 'resolved', 'closed'])

export interface Line {
  version: number
  at: string
  record: LogRecord
  times: number
  evidence: boolean
  tone: 'grave' | 'good' | 'plain'
}

/** Newest first. Alike lines in a row are one line with a count. */
export function lines(records: readonly LogRecord[], all: boolean): Line[] {
  const shown: Line[] = []
  let nobody = ''
  for (const record of records) {
    if (!all && !KEY.has(record.type)) {
      if (record.type === 'offered') nobody = ''
      continue
    }
    if (!all && record.type === 'nobody_found') {
      // Again nobody for the same steps, with nobody asked in between, is no news.
      const steps = String(record.steps)
      if (steps === nobody) continue
      nobody = steps
    }
    const last = shown.at(-1)
    if (last && alike(last.record, record)) {
      last.times += 1
      last.at = record.at
      last.version = record.version
      last.record = record
      continue
    }
    shown.push({
      version: record.version,
      at: record.at,
      record,
      times: 1,
      evidence: EVIDENCE.has(record.type),
      tone: GRAVE.has(record.type) ? 'grave' : GOOD.has(record.type) ? 'good' : 'plain',
    })
  }
  return shown.reverse()
}

function alike(a: LogRecord, b: LogRecord): boolean {
  if (a.type !== b.type) return false
  if (a.type === 'progressed' || a.type === 'checked_in') return a.responder === b.responder
  if (a.type === 'take_kept') return a.by.id === b.by.id
  return ['received', 'silent', 'seeking'].includes(a.type) && String(a.steps) === String(b.steps) && a.why === b.why
}

/** Who was not asked, and why, as the latest search has it. */
export function exclusions(records: readonly LogRecord[]): { people: Map<string, string>, count: number } {
  const people = new Map<string, string>()
  let count = 0
  for (const record of records) {
    if (record.type !== 'offered' && record.type !== 'nobody_found') continue
    for (const it of (record.excluded as { responder: string, reason: string }[] | undefined) ?? []) people.set(it.responder, it.reason)
    count = Math.max(count, Number(record.excluded_count ?? 0))
  }
  return { people, count: Math.max(count, people.size) }
}
