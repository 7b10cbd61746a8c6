// Who was told of a case, sorted for people: whom, of what, by which ways, with what came of each.
import type { Schemas } from '../shared/api/client'

export { wayOf, whyKey } from '../shared/ways'

export type Notice = Schemas['NoticeDto']
export type Notices = Schemas['NoticesDto']

/** How a way stands, the best first. `answered` is more than read, `late` is no state of its own: the row was overtaken. */
export const STANDINGS = ['answered', 'read', 'received', 'sent', 'sending', 'waiting', 'failed', 'merged', 'stale'] as const
export type Standing = typeof STANDINGS[number]

export interface Step { step: string, kind: string, at: string, rows: Notice[], best: Standing, next?: Schemas['TellingDto'] }
export interface Party { target: string, name: string | undefined, is: string, steps: Step[], best: Standing }

export function standing(it: Notice): Standing {
  if (it.reply) return 'answered'
  if (it.read_at) return 'read'
  return STANDINGS.find(one => one === it.state) ?? 'waiting'
}
const better = (a: Standing, b: Standing) => (STANDINGS.indexOf(a) <= STANDINGS.indexOf(b) ? a : b)
/** When it came to how it stands. */
export const since = (it: Notice): string => it.read_at ?? it.received_at ?? it.sent_at ?? it.made_at

/** By party, the one with the latest step first; in it by step, the latest first. */
export function parties(all: Notices): Party[] {
  const found = new Map<string, Map<string, Step>>()
  for (const it of all.items) {
    const steps = found.get(it.target) ?? new Map<string, Step>()
    found.set(it.target, steps)
    const known = steps.get(it.step)
    if (known) {
      known.rows.push(it)
      known.best = better(known.best, standing(it))
    } else steps.set(it.step, { step: it.step, kind: it.kind, at: it.made_at, rows: [it], best: standing(it), next: all.tellings.find(one => one.step === it.step && one.target === it.target && one.state === 'open') })
  }
  const sorted = [...found].map(([target, steps]) => {
    const who = all.people.find(one => one.target === target)
    const list = [...steps.values()].sort((a, b) => b.at.localeCompare(a.at))
    return { target, name: who?.name ?? undefined, is: who?.is ?? '', steps: list, best: list[0]?.best ?? 'waiting' }
  })
  return sorted.sort((a, b) => (b.steps[0]?.at ?? '').localeCompare(a.steps[0]?.at ?? ''))
}

/** What the tab says before it is opened: how many are still on their way, and of how many steps somebody was not told at all. */
export function counts(all: Notices): { waiting: number, failed: number } {
  const waiting = all.items.filter(it => it.state === 'waiting' || it.state === 'sending').length
  // Whom the elder has restricted nobody meant to tell.
  return { waiting, failed: all.untold.filter(it => it.step !== '').length }
}
