// A case as the service would show it, for tests that care about a few fields.
import type { CaseView } from '@/shared/api/client'

export const NOW = Date.parse('2026-03-01T08:00:00Z')
export const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString()

export function aCase(id: string, more: Partial<CaseView> = {}): CaseView {
  return {
    id, number: `20260301-120114001-${id.padStart(4, '0')}`, state: 'ringing', tier: 'home', severity: 'critical', kind: 'sos', lane: 'help', area_code: '120114001901001', opened_at: at(-10), next_due_at: at(20),
    next_due_kind: 'step', door_by: at(890), door_late: false, tone: true, untouched: false, voice_path: true, contact: false, no_entry: false, rounds: 1, alerts: 1, offers: [], assignments: [], referrals: [],
    drill: false, late: false, withdrawn: false, version: 1, ...more,
  }
}
export function aLead(responder = 'resp_1', stage = 'accepted'): CaseView['assignments'][number] {
  return { responder_id: responder, responder_name: '刘静', tier: 'grid', place: 'lead', stage, at: at(0), key_holder: false, skilled: false, late_said: false, claimed: false }
}
