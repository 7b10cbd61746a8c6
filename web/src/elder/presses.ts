// Presses: each is kept on this screen before it is sent, goes under one reference until the service has it, and is forgotten
// only then. The same reference sent again is the same alert, so a cut in between loses nothing and doubles nothing.
import { newRef } from './ref'

export type Kind = 'sos' | 'service_request'
/** `at`: by this screen's own clock; `then`: by the service's, empty where that was not known: then the service takes it for one of
    now; `back`: the elder has said that it was a mistake, and the service is to be told or has been; `tried`: it may have arrived. */
export interface Press { ref: string, kind: Kind, at: string, then: string, alert?: string, case?: string, tried?: boolean, back?: 'wanted' | 'told' }
/** `gone`: the service does not know this device any more. */
export type Sending = (it: Press) => Promise<{ alert: string, case: string } | 'gone'>

const KEPT = 'ecd.elder.presses'
const KEPT_SENT = 'ecd.elder.sent'
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 8_000
/** A press of the same key within this is the same press: shaking hands press twice. */
const SAME_MS = 10_000

interface Way { busy: boolean, tries: number, pause?: ReturnType<typeof setTimeout> }

export class Presses {
  waiting: Press[]
  /** The last of each kind that the service has taken, or may have without our hearing of it: that one has no case yet. */
  sent: Partial<Record<Kind, Press>>
  /** Each key has a way of its own: a service request that does not get through holds up no call for help. */
  private readonly ways: Record<Kind, Way> = { sos: { busy: false, tries: 0 }, service_request: { busy: false, tries: 0 } }

  /** `ahead`: milliseconds by which the service's clock is ahead of this screen's; none: not known. */
  constructor(private readonly store: Pick<Storage, 'getItem' | 'setItem'>, private readonly send: Sending, private readonly changed: () => void, private readonly ahead: () => number | undefined) {
    this.waiting = read(store)
    this.sent = readSent(store)
  }

  press(kind: Kind, now = Date.now()) {
    const last = this.waiting.filter(it => it.kind === kind).pop() ?? this.sent[kind]
    if (last && !last.back && Math.abs(now - Date.parse(last.at)) < SAME_MS) return this.hurry()
    // A clock that was set since the last press, back too, makes another press of this one: nothing that is pressed is swallowed.
    const ahead = this.ahead()
    this.waiting = [...this.waiting, { ref: newRef(), kind, at: new Date(now).toISOString(), then: ahead === undefined ? '' : new Date(now + ahead).toISOString() }]
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
    for (const kind of ['sos', 'service_request'] as const) {
      clearTimeout(this.ways[kind].pause)
      this.ways[kind].tries = 0
      void this.next(kind)
    }
  }

  private async next(kind: Kind) {
    const way = this.ways[kind]
    const it = this.waiting.find(one => one.kind === kind)
    if (way.busy || !it) return
    way.busy = true
    it.tried = true
    this.write()
    try {
      const answer = await this.send(it)
      if (answer !== 'gone') {
        const isBack = !this.waiting.some(one => one.ref === it.ref) // said while it was on its way
        this.sent[it.kind] = { ...it, ...answer, ...(isBack ? { back: 'wanted' as const } : {}) }
        this.waiting = this.waiting.filter(one => one.ref !== it.ref)
        way.tries = 0
        this.keep()
      } else this.later(kind)
    } catch {
      this.later(kind)
    } finally {
      way.busy = false
      this.changed()
    }
    if (!way.tries) void this.next(kind)
  }

  private later(kind: Kind) {
    const way = this.ways[kind]
    clearTimeout(way.pause)
    way.pause = setTimeout(() => void this.next(kind), Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** way.tries))
    way.tries += 1
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
    // One that a page of before has kept goes as it would have gone: another time would make another alert of it.
    return Array.isArray(it) ? it.filter(one => one.ref && one.kind).map(one => ({ ...one, then: one.then ?? one.at })) : []
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
