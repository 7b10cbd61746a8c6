// The live socket as a state machine: a hello, then frames. It knows nothing of the page; time, sockets and tokens come in.
//
//   off ──open──▶ connecting ──welcome, snapshot──▶ live ──silence ≥ 5 s or close──▶ cut ──▶ connecting …
//
// Holds always: `live` means that something was heard within the last five seconds (on a phone: within one ping and a half); a
// cut link comes back by itself with the newest cursor; a frame of a socket that was given up is not heard.
import type { components } from '../api/schema'

export type Frame = components['schemas']['ServerFrame_CaseDto']
export type LinkState = 'off' | 'connecting' | 'live' | 'cut'

/** After so much silence a screen may be old, and says so; where the service speaks less often (phones), later. */
export const SILENCE_MS = 5_000
const silenceOf = (pingEveryS: number) => Math.max(SILENCE_MS, pingEveryS * 1_500 + 2_000)
/** A socket that does not get to its welcome in this time is given up. */
const WELCOME_WITHIN_MS = 8_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 8_000

/** Why the service ends a socket (`src/live/frames.rs`). */
export const CLOSE = { badHello: 4400, badToken: 4401, rightsChanged: 4403 } as const

export interface Hooks {
  url: string
  token: () => string | undefined
  /** A new token; false: signed out. */
  refresh: () => Promise<boolean>
  frame: (frame: Frame) => void
  state: (state: LinkState) => void
  /** Every frame: milliseconds by which the service's clock is ahead of this machine's, where the frame says. */
  heard: (offsetMs: number | undefined) => void
  socket?: (url: string) => WebSocket
  random?: () => number
}

export class Link {
  private socket: WebSocket | undefined
  private cursor: string | null = null
  private tries = 0
  private heardAt = 0
  private isOpen = false
  private current: LinkState = 'off'
  private watch: ReturnType<typeof setInterval> | undefined
  private pause: ReturnType<typeof setTimeout> | undefined
  private startedAt = 0
  private silence = SILENCE_MS
  /** Which case is open on this screen. */
  private shown: string | null = null
  /** How often the service wants to hear of it, milliseconds; 0: not at all, or not welcomed yet. */
  private showEvery = 0
  private shownAt = 0

  constructor(private readonly hooks: Hooks) {}

  open() {
    if (this.isOpen) return
    this.isOpen = true
    this.startedAt = Date.now()
    this.watch = setInterval(() => this.look(), 500)
    this.connect()
  }

  /** Ends it for good, and forgets where it stood. */
  close() {
    this.isOpen = false
    clearInterval(this.watch)
    clearTimeout(this.pause)
    this.drop()
    this.cursor = null
    this.tries = 0
    this.say('off')
  }

  /** Which case is open on this screen: said now, and again for as long as it is. A service that does not ask is not told. */
  show(id: string | null) {
    if (id === this.shown) return
    this.shown = id
    this.tell()
  }

  /** Tries at once, as when the machine's network has come back. */
  hurry() {
    if (!this.isOpen || this.socket) return
    clearTimeout(this.pause)
    this.tries = 0
    this.connect()
  }

  /** The machine says that it has no network: no use in waiting for silence. */
  lost() {
    if (this.isOpen && this.socket) this.giveUp()
  }

  private connect() {
    const token = this.hooks.token()
    if (!this.isOpen || !token) return
    if (this.current === 'off') this.say('connecting')
    this.startedAt = Date.now()
    const socket = (this.hooks.socket ?? (url => new WebSocket(url)))(this.hooks.url)
    this.socket = socket
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', token, cursor: this.cursor }))
    socket.onmessage = event => { if (socket === this.socket) this.receive(String(event.data)) }
    socket.onclose = event => { if (socket === this.socket) void this.ended(event.code) }
  }

  private receive(text: string) {
    const frame = JSON.parse(text) as Frame
    this.heardAt = Date.now()
    switch (frame.type) {
      case 'welcome':
        this.silence = silenceOf(frame.ping_every_s)
        this.showEvery = (frame.looking_every_s ?? 0) * 1_000
        if (this.shown) this.tell()
        this.hooks.heard(Date.parse(frame.now) - Date.now())
        break
      case 'ping':
        this.hooks.heard(Date.parse(frame.now) - Date.now())
        this.stands(frame.cursor)
        break
      case 'snapshot':
      case 'changed':
      case 'gone':
        this.hooks.heard(undefined)
        this.hooks.frame(frame)
        this.stands(frame.cursor)
        return
      case 'lookers':
      case 'calls':
        this.hooks.heard(undefined)
        break
      default:
        // A newer service may say more; a build against its contract stops here until it is dealt with.
        frame satisfies never
        return
    }
    this.hooks.frame(frame)
  }

  private tell() {
    if (!this.socket || !this.showEvery) return
    this.shownAt = Date.now()
    this.socket.send(JSON.stringify({ type: 'looking', case: this.shown }))
  }

  private stands(cursor: string) {
    this.cursor = cursor
    this.tries = 0
    this.say('live')
  }

  private async ended(code: number) {
    this.socket = undefined
    this.showEvery = 0
    // The service wants to be greeted anew, as when somebody has joined a practice: no line is lost. If it does not come back at once, one is.
    const renews = code === CLOSE.badToken || code === CLOSE.rightsChanged
    this.startedAt = Date.now()
    this.say(renews ? 'connecting' : 'cut')
    if (code === CLOSE.badHello) this.cursor = null
    if (renews && !(await this.hooks.refresh()) && !this.hooks.token()) return
    this.later()
  }

  /** Soon at first, then slower, and not all desks at the same instant. */
  private later() {
    if (!this.isOpen || this.socket) return
    const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.tries)
    this.tries += 1
    clearTimeout(this.pause)
    this.pause = setTimeout(() => this.connect(), most * (0.6 + 0.4 * (this.hooks.random ?? Math.random)()))
  }

  private look() {
    const now = Date.now()
    if (this.shown && this.showEvery && now - this.shownAt >= this.showEvery) this.tell()
    if (this.current === 'live' && now - this.heardAt >= this.silence) this.giveUp()
    else if (this.socket && this.current !== 'live' && now - Math.max(this.startedAt, this.heardAt) >= WELCOME_WITHIN_MS) this.giveUp()
    else if (this.current === 'connecting' && now - this.startedAt >= SILENCE_MS) this.say('cut')
  }

  /** A half-open socket says nothing when it dies: it is left behind and another one opened. */
  private giveUp() {
    this.drop()
    this.say('cut')
    this.later()
  }

  private drop() {
    const old = this.socket
    this.socket = undefined
    this.showEvery = 0
    old?.close()
  }

  private say(state: LinkState) {
    if (state === this.current) return
    this.current = state
    this.hooks.state(state)
  }
}
