// What a notification says: by the kind of notice and the language, and by nothing else. It lies on a lock screen, where anybody
// reads it: no name, no street, not what is the matter.
import en from './i18n/en.json'
import zh from './i18n/zh-CN.json'

export type PushPage = 'care' | 'family'

/** Which words a kind of notice has; every other kind is "news". */
const OF: Record<PushPage, { readonly [kind: string]: string | undefined }> = {
  care: {
    offer: 'offer', call_inside: 'offer', support: 'offer', key_holders: 'offer',
    offer_ended: 'over', stand_down: 'over', lead_revoked: 'over', provisional: 'heard', lead: 'lead', backup: 'backup', call_late: 'late',
    ring_desk: 'ring', ring_duty_leader: 'ring', ring_next_seat: 'ring', call_leg: 'ring',
  },
  family: { family_opened: 'opened', family_ask: 'opened', family_raised: 'opened', family_accepted: 'coming', family_arrived: 'arrived', family_closed: 'closed', family_false_alarm: 'well' },
}
/** Stays on the screen until a hand takes it away. */
const STAYS = ['offer', 'lead', 'ring', 'opened']

export interface Words { title: string, body: string, stays: boolean, lang: string }

export function wordsFor(page: PushPage, kind: string, language: string): Words {
  const chinese = language.slice(0, 2) === 'zh'
  const all: { readonly [key: string]: { title: string, body: string } | undefined } = (chinese ? zh : en)[page]
  const key = OF[page][kind] || 'other'
  const said = all[key] || { title: '', body: '' }
  return { title: said.title, body: said.body, stays: STAYS.indexOf(key) >= 0, lang: chinese ? 'zh-CN' : 'en' }
}

/** Where a tap leads: whoever goes already to their task, whoever is asked to the page over which the offer lies, a family to its case. */
export function pathFor(page: PushPage, kind: string, id: string): string {
  if (!/^case_[0-9a-f]{32}$/.test(id)) return `/${page}/`
  if (page === 'family') return `/family/?case=${id}`
  return ['lead', 'backup', 'call_late'].indexOf(kind) >= 0 ? `/care/task/${id}` : '/care/'
}

/** What the page leaves for its worker, which has no store of its own: the language, our key, what the device is called. */
export interface Left { language: string, key: string, device: string }
export const STORE = 'ecd.push'
export const leftAt = (page: PushPage) => `/${page}/push-left`
