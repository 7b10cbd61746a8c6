// The screen's few requests. Its session is a cookie that no script sees.
import { Problem } from '../shared/api/problem'
import type { components } from '../shared/api/schema'

type Schemas = components['schemas']
export type Board = Schemas['WallDto']
export type Spread = Schemas['WallSpreadDto']
export type Cell = Schemas['WallCellDto']
export type Hour = Schemas['WallHourDto']
export type MapView = Schemas['MapDto']

const ANSWER_WITHIN_MS = 8_000

export async function ask<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  const cut = new AbortController()
  const timer = setTimeout(() => cut.abort(), ANSWER_WITHIN_MS)
  try {
    const answer = await fetch(`/api/v1/wall/${path}`, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: cut.signal,
    }).catch(() => { throw Problem.unreachable() })
    if (!answer.ok) throw await Problem.of(answer)
    return answer.status === 204 ? (undefined as T) : await answer.json() as T
  } finally {
    clearTimeout(timer)
  }
}

/** Which page the service would answer now: another one after an update. Empty: not known. */
export async function edition(): Promise<string> {
  try {
    const answer = await fetch('/wall', { method: 'HEAD', cache: 'no-store' })
    return answer.ok ? answer.headers.get('etag') ?? '' : ''
  } catch {
    return ''
  }
}
