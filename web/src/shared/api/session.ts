// Who is signed in on this page. At a desk tokens live in the tab's own storage: closing it signs out, and another tab has its
// own. In the field they live on the device: a phone closes a page whenever it likes, and nobody signs in again in a lift.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { setZone } from '../time/zone'
import { Problem } from './problem'
import type { components } from './schema'

export type Me = components['schemas']['MeDto']
interface Tokens { access_token: string, refresh_token: string }

const KEPT = 'ecd.session'
const KEPT_ME = 'ecd.me'

/** A service that starts answers in seconds. */
const ASK_AGAIN_MS = 2_000

let storage: Storage = sessionStorage
/** To be said before the first use: this page's session outlives the page. */
export function keepOnDevice() {
  storage = localStorage
}

export const useSession = defineStore('session', () => {
  const tokens = shallowRef<Tokens | null>(read(KEPT))
  const me = shallowRef<Me | null>(storage === localStorage && tokens.value ? read(KEPT_ME) : null)
  setZone(me.value?.utc_offset_min)
  const signedIn = computed(() => tokens.value !== null)
  /** The service has ended the session; nobody here has. */
  const ended = ref(false)

  function keep(next: Tokens | null) {
    tokens.value = next
    if (next) storage.setItem(KEPT, JSON.stringify(next))
    else storage.removeItem(KEPT)
    if (!next) is(null)
  }
  function is(next: Me | null) {
    me.value = next
    setZone(next?.utc_offset_min)
    if (next && storage === localStorage) storage.setItem(KEPT_ME, JSON.stringify(next))
    else storage.removeItem(KEPT_ME)
  }
  // Signed out, or renewed, in another tab of this device.
  addEventListener('storage', it => {
    if (it.storageArea !== storage || (it.key !== KEPT && it.key !== KEPT_ME)) return
    tokens.value = read(KEPT)
    // Whose they are is written after them.
    me.value = tokens.value ? read(KEPT_ME) : null
    setZone(me.value?.utc_offset_min)
  })

  /** Signs in with one of `roles`, or says why not. */
  async function signIn(username: string, password: string, roles: readonly string[]) {
    const pair = await post<Tokens>('/api/v1/auth/token', { username, password })
    const mine = await whoAmI(pair.access_token)
    if (!roles.includes(mine.role)) throw new Problem('other_client', 403, mine.role)
    keep({ access_token: pair.access_token, refresh_token: pair.refresh_token })
    ended.value = false
    is(mine)
  }

  /** After a reload: the tokens are here, who they are of is not. Without an answer it is asked again until there is one: a page that
      does not know who sits before it rings for nobody. */
  async function resume() {
    clearTimeout(again)
    if (!tokens.value) return
    try {
      is(await whoAmI(tokens.value.access_token).catch(async error => {
        const over = error instanceof Problem && error.status === 401
        if (over && await refresh() && tokens.value) return whoAmI(tokens.value.access_token)
        throw error
      }))
    } catch (error) {
      if (!tokens.value) return
      again = setTimeout(() => void resume().catch(() => {}), ASK_AGAIN_MS)
      throw error
    }
  }
  let again: ReturnType<typeof setTimeout> | undefined

  let refreshing: Promise<boolean> | undefined
  /** A new pair for the old one; false: signed out, or the service did not answer. A refresh token is good once, so one at a time. */
  function refresh(): Promise<boolean> {
    refreshing ??= alone(async () => {
      // Another tab of this device may have renewed it while this one waited.
      const kept = read<Tokens>(KEPT)
      if (kept?.access_token !== tokens.value?.access_token) {
        tokens.value = kept
        return kept !== null
      }
      try {
        const pair = await post<Tokens>('/api/v1/auth/refresh', { refresh_token: tokens.value?.refresh_token })
        keep({ access_token: pair.access_token, refresh_token: pair.refresh_token })
        return true
      } catch (error) {
        if (error instanceof Problem && [400, 401, 422].includes(error.status)) {
          keep(null)
          ended.value = true
        }
        return false
      }
    }).finally(() => { refreshing = undefined })
    return refreshing
  }

  /** Another password by whoever knows the one of now; every session ends, and this one goes on with what is answered. */
  async function changePassword(now: string, next: string) {
    const asked = () => post<Tokens>('/api/v1/auth/password', { current_password: now, new_password: next }, tokens.value?.access_token)
    const pair = await asked().catch(async error => {
      if (error instanceof Problem && error.status === 401 && await refresh()) return asked()
      throw error
    })
    keep({ access_token: pair.access_token, refresh_token: pair.refresh_token })
  }

  /** Leaves here at once; the service is told, and need not answer. */
  function signOut() {
    const was = tokens.value
    keep(null)
    if (was) void post('/api/v1/auth/logout', { refresh_token: was.refresh_token }, was.access_token).catch(() => {})
  }

  return { tokens, me, signedIn, ended, signIn, resume, refresh, changePassword, signOut }
})

function read<T>(key: string): T | null {
  try {
    return JSON.parse(storage.getItem(key) ?? 'null')
  } catch {
    return null
  }
}

/** One at a time over all tabs, where the browser can. */
function alone<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks && storage === localStorage ? navigator.locks.request('ecd.session', work) as Promise<T> : work()
}

async function whoAmI(token: string): Promise<Me> {
  return ask<Me>(new Request('/api/v1/auth/me', { headers: { authorization: `Bearer ${token}` } }))
}

async function post<T>(path: string, body: unknown, token?: string): Promise<T> {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (token) headers.authorization = `Bearer ${token}`
  return ask<T>(new Request(path, { method: 'POST', headers, body: JSON.stringify(body) }))
}

async function ask<T>(request: Request): Promise<T> {
  let answer: Response
  try {
    answer = await fetch(request)
  } catch {
    throw Problem.unreachable()
  }
  if (!answer.ok) throw await Problem.of(answer)
  return answer.status === 204 ? (undefined as T) : answer.json()
}
