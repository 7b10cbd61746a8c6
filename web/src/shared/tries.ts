// What came of the tries of one's own ways: those of the last time, by way.
import type { Schemas } from './api/client'
import { wayOf, whyKey } from './ways'

export type Try = Schemas['ChannelTestDto']

/** All of one pressing begin within this time of each other. */
const TOGETHER_MS = 30_000
/** A receipt that has not come by then is waited for no longer. */
export const RECEIPT_WITHIN_MS = 180_000
/** Which words say how it stands; what we do not know is on its way. */
const STATES = ['handed', 'taken', 'received', 'failed']

/** Those that went out together last, in the order in which they did. */
export function lastOf(all: readonly Try[]): Try[] {
  const newest = Math.max(...all.map(it => Date.parse(it.at)))
  return all.filter(it => newest - Date.parse(it.at) < TOGETHER_MS).sort((a, b) => a.at.localeCompare(b.at) || a.channel.localeCompare(b.channel) || a.id.localeCompare(b.id))
}
/** Whether something may still come of them at `now`, by the service's clock. */
export const isWaited = (all: readonly Try[], now: number) => all.some(it => it.state !== 'received' && it.state !== 'failed' && now - Date.parse(it.at) < RECEIPT_WITHIN_MS)
/** Keys of the words: by what, how it stands, and why it has failed; a provider's own word is said as it is. */
export function said(it: Try): { way: string, state: string, why?: string, own?: string } {
  const state = STATES.includes(it.state) ? it.state : 'handed'
  if (state !== 'failed') return { way: wayOf(it.channel), state }
  return { way: wayOf(it.channel), state, why: whyKey(it.why ?? ''), own: it.why ?? undefined }
}
