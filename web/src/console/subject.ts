// Whom a case is about, in a few words.
import type { CaseView } from '../shared/api/client'

type Say = (key: string, values?: Record<string, unknown>) => string

export function subjectOf(it: CaseView, t: Say, name: (responder: string) => string): string {
  if (it.elder) return it.elder.name
  if (it.household) {
    const [first, ...rest] = it.household.members
    if (!first) return it.household.address
    return rest.length ? t('queue.moreMembers', { name: first.name, n: rest.length + 1 }) : first.name
  }
  const subject = it.subject as { type?: string, id?: string } | null | undefined
  switch (subject?.type) {
    case 'responder': return name(subject.id ?? '')
    case 'device': return t('queue.device')
    case 'area': return it.area_name ?? t('queue.area')
    default: return t('queue.unknownSender')
  }
}

/** What a device says while somebody tests it. */
export function isDeviceTest(it: CaseView): boolean {
  return (it.part as { type?: string } | null | undefined)?.type === 'test'
}

/** Up to the word for "street office". */
const STREET = /^.{1,8}?\u8857\u9053(?=.)/
/** The address from the estate on: what stands before it is the same in every row of a street. */
export function doorOf(it: CaseView): string {
  return addressOf(it).replace(STREET, '')
}

/** What tells two of one name apart at a glance, beside the address. */
export function ageOf(it: CaseView, t: Say): string {
  return it.elder?.age != null ? t('case.years', { n: it.elder.age }) : ''
}

export function addressOf(it: CaseView): string {
  return it.elder?.address ?? it.household?.address ?? it.area_name ?? it.area_code
}
