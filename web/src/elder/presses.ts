// Presses: each is kept on this screen before it is sent, goes under one reference until the service has it, and is forgotten
// only then. The same reference sent again is the same alert, so a cut in between loses nothing and doubles nothing.
import { newRef } from './ref'

export type Kind = 'sos' | 'service_request'
export interface Press { ref: string, kind: Kind, at: string, alert?: string, case?: string }
/** `gone`: the service does not know this device any more. */
export type Sending = (it: Press) => Promise<{ alert: string, case: string } | 'gone'>

const KEPT = 'ecd.elder.presses'
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 8_000
/** A press of the same key within this is the same press: shaking hands press twice. */
const SAME_MS = 10_000

export class Presses {
  waiting: Press[]
  /** The last that the service has taken, of each kind. */
  sent: Partial<Record<Kind, Press>> = {}
  private busy = false
  private tries = 0
  private pause: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly store: Pick<Storage, 'getItem' | 'setItem'>, private readonly send: Sending, private readonly changed: () => void) {
    this.waiting = read(store)
  }

  press(kind: Kind, now = Date.now()) {
    const last = this.waiting.filter(it => it.kind === kind).pop() ?? this.sent[kind]
    if (last && now - Date.parse(last.at) < SAME_MS) return this.hurry()
    this.waiting = [...this.waiting, { ref: newRef(), kind, at: new Date(now).toISOString() }]
    this.keep()
    this.hurry()
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
    try {
      const answer = await this.send(it)
      if (answer !== 'gone') {
        this.sent[it.kind] = { ...it, ...answer }
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

  private keep() {
    this.store.setItem(KEPT, JSON.stringify(this.waiting))
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
