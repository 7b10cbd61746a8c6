// Presses: each is kept on this screen before it is sent, goes under one reference until the service has it, and is forgotten
// only then. The same reference sent again is the same alert, so a cut in between loses nothing and doubles nothing.
import { newRef } from './ref'

export type Kind = 'sos' | 'service_request'
/** `back`: the elder has said that it was a mistake, and the service is to be told or has been; `tried`: it may have arrived. */
export interface Press { ref: string, kind: Kind, at: string, alert?: string, case?: string, tried?: boolean, back?: 'wanted' | 'told' }
/** `gone`: the service does not know this device any more. */
export type Sending = (it: Press) => Promise<{ alert: string, case: string } | 'gone'>

const KEPT = 'ecd.elder.presses'
const KEPT_SENT = 'ecd.elder.sent'
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 8_000
/** A press of the same key within this is the same press: shaking hands press twice. */
const SAME_MS = 10_000

export class Presses {
  waiting: Press[]
  /** The last of each kind that the service has taken, or may have without our hearing of it: that one has no case yet. */
  sent: Partial<Record<Kind, Press>>
  private busy = false
  private tries = 0
  private pause: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly store: Pick<Storage, 'getItem' | 'setItem'>, private readonly send: Sending, private readonly changed: () => void) {
    this.waiting = read(store)
    this.sent = readSent(store)
  }

  press(kind: Kind, now = Date.now()) {
    const last = this.waiting.filter(it => it.kind === kind).pop() ?? this.sent[kind]
    if (last && !last.back && now - Date.parse(last.at) < SAME_MS) return this.hurry()
    this.waiting = [...this.waiting, { ref: newRef(), kind, at: new Date(now).toISOString() }]
    this.keep()
    this.hurry()
  }

  /** Takes back what waits. What has been tried may be with the service all the same: it is remembered, so that it can be found. */
  takeBack(kind: Kind, openCase?: string) {
    const tried = this.waiting.filter(it => it.kind === kind && it.tried)[0]
    this.waiting = this.waiting.filter(it => it.kind !== kind)
    // One of before, whose case is open, is the one to be spoken of.
    if (tried && !(openCase && this.sent[kind]?.case === openCase)) this.sent[kind] = { ...tried, back: 'wanted' }
    this.keep()
  }

  /** The one that the service has taken, with its alert; asked for by its reference where its answer never came. */
  async taken(kind: Kind): Promise<Press | undefined> {
    const it = this.sent[kind]
    if (!it || it.case) return it
    const answer = await this.send(it)
    if (answer === 'gone') return undefined
    this.sent[kind] = { ...it, ...answer }
    this.keep()
    return this.sent[kind]
  }

  /** The service has been told that it was a mistake: the next press is another one, however soon. */
  told(kind: Kind) {
    const it = this.sent[kind]
    if (it) this.sent[kind] = { ...it, back: 'told' }
    this.keep()
  }

  /** Tries at once: a key was pressed, or the network is back. */
  hurry() {
    clearTimeout(this.pause)
    this.tries = 0
    void this.next()
  }

  private async next() {
    const it = this.waiting[0]
    if (this.busy || !it) return
    this.busy = true
    it.tried = true
    this.write()
    try {
      const answer = await this.send(it)
      if (answer !== 'gone') {
        const isBack = !this.waiting.some(one => one.ref === it.ref) // said while it was on its way
        this.sent[it.kind] = { ...it, ...answer, ...(isBack ? { back: 'wanted' as const } : {}) }
        this.waiting = this.waiting.filter(one => one.ref !== it.ref)
        this.tries = 0
        this.keep()
      } else this.later()
    } catch {
      this.later()
    } finally {
      this.busy = false
      this.changed()
    }
    if (this.waiting.length && !this.tries) void this.next()
  }

  private later() {
    clearTimeout(this.pause)
    this.pause = setTimeout(() => void this.next(), Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.tries))
    this.tries += 1
  }

  private write() {
    this.store.setItem(KEPT, JSON.stringify(this.waiting))
    this.store.setItem(KEPT_SENT, JSON.stringify(this.sent))
  }
  private keep() {
    this.write()
    this.changed()
  }
}

function read(store: Pick<Storage, 'getItem'>): Press[] {
  try {
    const it = JSON.parse(store.getItem(KEPT) ?? '[]') as Press[]
    return Array.isArray(it) ? it.filter(one => one.ref && one.kind) : []
  } catch {
    return []
  }
}

function readSent(store: Pick<Storage, 'getItem'>): Partial<Record<Kind, Press>> {
  try {
    const it = JSON.parse(store.getItem(KEPT_SENT) ?? '{}') as Partial<Record<Kind, Press>> | null
    return it && !Array.isArray(it) && typeof it === 'object' ? it : {}
  } catch {
    return {}
  }
}
