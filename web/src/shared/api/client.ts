// The service's HTTP face, typed by its contract. Every request that changes something carries an Idempotency-Key, so that one
// that was cut off can be sent again; an expired token is renewed once and the request repeated.
import createClient, { type Client } from 'openapi-fetch'
import { Problem } from './problem'
import type { components, paths } from './schema'
import { useSession } from './session'

export type Schemas = components['schemas']
export type CaseView = Schemas['CaseDto']
export type Offer = Schemas['OfferDto']
export type Assignment = Schemas['AssignmentDto']
export type ResponderView = Schemas['ResponderDto']
export type Severity = Schemas['SeverityWord']
export type Tier = Schemas['TierWord']

/** A random key; `randomUUID` is missing where a page is not served over TLS or from this machine. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), it => it.toString(16).padStart(2, '0')).join('')
}

export const api: Client<paths> = createClient<paths>({ fetch: send })

async function send(request: Request): Promise<Response> {
  const session = useSession()
  if (request.method !== 'GET' && !request.headers.has('idempotency-key')) request.headers.set('idempotency-key', newKey())
  const again = request.clone()
  const first = await once(request, session.tokens?.access_token)
  if (first.status !== 401 || !session.signedIn || !(await session.refresh())) return first
  return once(again, session.tokens?.access_token)
}

async function once(request: Request, token: string | undefined): Promise<Response> {
  if (token) request.headers.set('authorization', `Bearer ${token}`)
  try {
    return await fetch(request)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw Problem.unreachable()
  }
}

/** The body of an answer; what is not a 2xx is thrown as a `Problem`. */
export async function body<T>(asked: Promise<{ data?: T, response: Response, error?: unknown }>): Promise<T> {
  const { data, response, error } = await asked
  if (!response.ok) {
    const it = (error ?? {}) as Partial<Schemas['ProblemDto']>
    const wait = Number(response.headers.get('retry-after'))
    throw new Problem(it.code ?? `http_${response.status}`, response.status, it.detail ?? it.title ?? response.statusText, wait || undefined)
  }
  return data as T
}

/** All pages of a list, at most `most`. */
export async function pages<T>(one: (cursor: string | undefined) => Promise<{ items: T[], next?: string | null }>, most = 20): Promise<T[]> {
  const all: T[] = []
  let cursor: string | undefined
  for (let page = 0; page < most; page += 1) {
    const it = await one(cursor)
    all.push(...it.items)
    if (!it.next) break
    cursor = it.next
  }
  return all
}
