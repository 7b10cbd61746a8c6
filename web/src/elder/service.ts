// What this screen asks of the service, as a device with its key.
import type { components } from '../shared/api/schema'
import type { Pairing } from './pairing'
import type { Press } from './presses'

export type Screen = components['schemas']['ScreenDto']
export type ScreenCase = components['schemas']['ScreenCaseDto']
export class Refused extends Error {
  constructor(readonly status: number) { super(String(status)) }
}
const ANSWER_WITHIN_MS = 8_000

async function ask<T>(of: Pairing, method: string, path: string, body?: unknown): Promise<T> {
  const cut = typeof AbortController === 'function' ? new AbortController() : undefined
  const timer = setTimeout(() => cut?.abort(), ANSWER_WITHIN_MS)
  try {
    const answer = await fetch(path, {
      method, cache: 'no-store', credentials: 'omit', signal: cut?.signal,
      headers: { authorization: `Device ${of.device}:${of.key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    })
    if (!answer.ok) throw new Refused(answer.status)
    return await answer.json() as T
  } finally {
    clearTimeout(timer)
  }
}

export const screen = (of: Pairing) => ask<Screen>(of, 'GET', '/api/v1/elder-screen')
export const takeBack = (of: Pairing, id: string, alert: string) => ask<Screen>(of, 'POST', `/api/v1/elder-screen/cases/${id}/withdraw`, { alert_id: alert })

export async function send(of: Pairing, it: Press): Promise<{ alert: string, case: string } | 'gone'> {
  try {
    const answer = await ask<components['schemas']['ReportedDto']>(of, 'POST', '/api/v1/alerts', { kind: it.kind, source_ref: it.ref, ...(it.then ? { occurred_at: it.then } : {}) })
    return { alert: answer.alert_id, case: answer.case_id }
  } catch (error) {
    if (error instanceof Refused && error.status === 401) return 'gone'
    throw error
  }
}
