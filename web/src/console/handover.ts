// What a shift leaves to the next: sorted so that what must be signed stands first, and what was promised is not buried.
import type { CaseView, Schemas } from '../shared/api/client'

export type Handover = Schemas['HandoverDto']
export type Sheet = Schemas['HandoverSheetDto']
export type Item = Schemas['HandoverItemDto']
type Referral = CaseView['referrals'][number]

export interface Promised { view: CaseView, what: 'referral' | 'followUp' | 'review', referral?: Referral, at: string | null }

export interface Sections {
  /** Each is signed. */
  critical: CaseView[]
  /** Referrals that nobody has acknowledged or waived, follow-ups and reviews that are still to come. */
  promised: Promised[]
  others: CaseView[]
  /** Devices and links. */
  technical: CaseView[]
}

/** Whether a case is a matter of a desk with these areas. What belongs to no street is every desk's. */
export function isOfDesk(it: CaseView, scope: readonly string[]): boolean {
  return it.area_code.startsWith('0') || scope.some(code => it.area_code.startsWith(code))
}

export function sections(cases: Iterable<CaseView>, scope: readonly string[]): Sections {
  const found: Sections = { critical: [], promised: [], others: [], technical: [] }
  for (const view of cases) {
    if (view.state === 'closed' || !isOfDesk(view, scope)) continue
    for (const referral of view.referrals) if (!referral.acknowledged_at && !referral.waived_at) found.promised.push({ view, what: 'referral', referral, at: referral.at })
    if (view.severity === 'critical') found.critical.push(view)
    else if (view.kind === 'follow_up') found.promised.push({ view, what: 'followUp', at: view.next_due_at ?? null })
    else if (view.kind === 'welfare_review') found.promised.push({ view, what: 'review', at: view.next_due_at ?? null })
    else if (view.lane === 'technical') found.technical.push(view)
    else found.others.push(view)
  }
  const byAge = (a: CaseView, b: CaseView) => Date.parse(a.opened_at) - Date.parse(b.opened_at)
  found.critical.sort(byAge)
  found.others.sort(byAge)
  found.technical.sort(byAge)
  found.promised.sort((a, b) => Date.parse(a.at ?? '') - Date.parse(b.at ?? ''))
  return found
}

/** The signature of this person under a case, the newest. */
export function signatureOf(it: Handover, caseId: string, user: string | undefined) {
  return it.signatures.filter(s => s.case_id === caseId && s.by.user_id === user).at(-1)
}

/** What this person has still to sign before the desk is theirs. */
export function unsigned(sheet: Sheet, user: string | undefined): Item[] {
  return sheet.items.filter(it => !signatureOf(sheet.handover, it.case_id, user))
}
