// The family's few requests. The session is a cookie that no script sees; what changes something goes as JSON.
import { Problem } from '../shared/api/problem'
import type { components } from '../shared/api/schema'

type Schemas = components['schemas']
export type Me = Schemas['FamilyMeDto']
export type News = Schemas['NewsDto']
export type Now = Schemas['NowDto']
export type FamilyCase = Schemas['FamilyCaseDto']
export type Line = Schemas['LineDto']
export type Coming = Schemas['ComingDto']
export type Who = Schemas['WhoDto']
export type Wishes = Schemas['ChoicesDto']
export type Choices = Schemas['FamilyChoicesDto']
export type Device = Schemas['FamilyDeviceDto']
export type History = Schemas['HistoryDto']
export type Sheet = Schemas['FamilySheetDto']
export type Told = Schemas['ToldDto']
export type SheetMail = Schemas['SheetMailDto']
export type Said = 'seen' | 'going' | 'false_alarm' | 'urge'

/** Longer than the service waits for news: whoever says nothing by then is not there. */
const ANSWER_WITHIN_MS = 8_000

export async function ask<T>(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<T> {
  const cut = typeof AbortController === 'function' ? new AbortController() : undefined
  const timer = setTimeout(() => cut?.abort(), ANSWER_WITHIN_MS)
  try {
    const answer = await fetch(`/api/v1/family/${path}`, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: method === 'GET' ? {} : { 'content-type': 'application/json' },
      body: method === 'GET' ? undefined : JSON.stringify(body ?? {}),
      signal: cut?.signal,
    }).catch(() => { throw Problem.unreachable() })
    if (!answer.ok) throw await Problem.of(answer)
    return answer.status === 204 ? (undefined as T) : await answer.json() as T
  } finally {
    clearTimeout(timer)
  }
}

/** Opens a link, once; afterwards the cookie is there. */
export const openLink = (token: string, digits: string) => ask<Schemas['OpenedDto']>('POST', 'session', { token, phone_last4: digits })
