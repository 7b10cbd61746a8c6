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

/** Answers that are asked for again and again, with their tags: the service sends them in full only when they have changed. They are in
    this page's memory and nowhere else, and of one account: another that signs in has its own. */
const kept = new Map<string, { tag: string, text: string }>()
const KEPT_MAX = 16
let keptOf: string | undefined

async function inFull(request: Request, answer: Response): Promise<Response> {
  const tag = answer.headers.get('etag')
  const had = kept.get(request.url)
  if (answer.status === 304 && had) return new Response(had.text, { status: 200, headers: { 'content-type': 'application/json' } })
  if (!tag || answer.status !== 200) return answer
  kept.delete(request.url)
  kept.set(request.url, { tag, text: await answer.clone().text() })
  // The oldest is the one that nobody asks for any more.
  for (const url of kept.keys()) if (kept.size > KEPT_MAX) kept.delete(url)
  return answer
}

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
  const mine = useSession().me?.user_id
  if (mine !== keptOf) {
    kept.clear()
    keptOf = mine
  }
  const tag = request.method === 'GET' && kept.get(request.url)?.tag
  if (tag) request.headers.set('if-none-match', tag)
  try {
    return await inFull(request, await fetch(request))
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
    throw new Problem(it.code ?? `http_${response.status}`, response.status, it.detail ?? it.title ?? response.statusText, wait || undefined, it.errors)
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
