// What somebody has done and the service has not answered yet. Each action is written to the phone first and sent from there,
// one after another, so that a lift, a dead battery or a killed page loses nothing and turns nothing round.
//
// Holds always: actions leave in the order in which they were done, each under one key however often it is sent; one that is
// answered or refused leaves the queue, one that got no answer stays and holds those behind it. A silent call for help goes first,
// a plea for support before photos, and a photo for which the line is too slow lets what came after it pass.
import { Problem } from '../../shared/api/problem'

export type Act =
  | 'accept' | 'decline' | 'depart' | 'arrive' | 'contact-made' | 'no-entry' | 'wrong-address' | 'check-in' | 'support' | 'done' | 'note' | 'photo' | 'duress' | 'visit' | 'visit-photo' | 'entry'

export interface Entry {
  /** Made by the store, rising. */
  id: number
  /** The Idempotency-Key. */
  key: string
  /** Whose action it is: another account of the same phone does not send it. */
  user: string
  act: Act
  /** None: about whoever acts. */
  caseId: string | null
  path: string
  body: unknown
  /** By what right the photo was taken that goes with it; none: no file does. Of photos of a case it stands in the body. */
  right?: string
  /** When it was done, by the service's clock as this phone knows it; milliseconds. */
  at: number
  /** When it was done by this phone's own clock, where that of the service was not known yet; milliseconds. */
  own?: number
}

export interface EntryStore {
  all(): Promise<Entry[]>
  /** With the file that goes with it, in one transaction. */
  add(entry: Omit<Entry, 'id'>, file?: Blob): Promise<Entry>
  /** The entry, and its file. */
  remove(entry: Entry): Promise<void>
}

export type Outcome =
  | { state: 'done', answer: unknown }
  | { state: 'refused', problem: Problem }
  /** On the phone; it goes as soon as it can. */
  | { state: 'waiting' }

export interface Hooks {
  store: EntryStore
  user: () => string | undefined
  /** Sends it; throws a `Problem`. */
  send: (entry: Entry) => Promise<unknown>
  done: (entry: Entry, answer: unknown) => void
  /** The service has said no: it is not asked again. */
  refused: (entry: Entry, problem: Problem) => void
  changed: (entries: readonly Entry[]) => void
  /** Something is there that waits for no photo: one that is on its way is let go, and goes again later under its key. */
  giveWay?: () => void
  /** One page of the phone at a time. */
  alone?: (work: () => Promise<void>) => Promise<void>
}

/** Nobody is left looking at a key that does nothing. */
export const ANSWER_WITHIN_MS = 4_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000

/** Whether the answer may be another one later: no network, a busy or failing service, a session to renew. */
export function comesAgain(problem: Problem): boolean {
  return problem.status === 0 || problem.status >= 500 || [401, 408, 425, 429].includes(problem.status)
}

/** A photo was not through in its time: the line is too slow for it just now. */
export const TOO_SLOW = 'too_slow'

const BEFORE_PHOTOS: readonly Act[] = ['support', 'duress']

const heavy = (it: Entry) => it.act === 'photo' || it.right !== undefined

/** Which goes next. `slow`: keys of photos that were not through in their time. */
export function nextOf(entries: readonly Entry[], slow: ReadonlySet<string>): Entry | undefined {
  const all = [...entries].sort(byTurn)
  const first = all[0]
  if (!first || !heavy(first)) return first
  const other = all.find(it => !heavy(it))
  return other && (other.act === 'support' || slow.has(first.key)) ? other : first
}

export class Queue {
  private entries: Entry[] = []
  private readonly slow = new Set<string>()
  private readonly waiting = new Map<string, (it: Outcome) => void>()
  private running: Promise<void> | undefined
  private again = false
  private tries = 0
  private pause: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly hooks: Hooks) {}

  /** Reads what an earlier visit has left, and sends it. */
  async open() {
    await this.read()
    void this.flush()
  }

  close() {
    clearTimeout(this.pause)
    for (const tell of this.waiting.values()) tell({ state: 'waiting' })
    this.waiting.clear()
  }

  /** Written first, then sent. Answers when the service has answered, or after a while that it waits. */
  async push(entry: Omit<Entry, 'id'>, file?: Blob): Promise<Outcome> {
    await this.hooks.store.add(entry, file)
    if (BEFORE_PHOTOS.includes(entry.act)) this.hooks.giveWay?.()
    await this.read()
    const answer = new Promise<Outcome>(tell => {
      this.waiting.set(entry.key, tell)
      setTimeout(() => this.tell(entry.key, { state: 'waiting' }), ANSWER_WITHIN_MS)
    })
    void this.flush()
    return answer
  }

  /** Whether whoever did it is still looking at it, waiting for the answer. */
  awaited(key: string): boolean {
    return this.waiting.has(key)
  }

  /** Sends all that it can, now. */
  flush(): Promise<void> {
    clearTimeout(this.pause)
    this.again = true
    this.running ??= (this.hooks.alone ?? (work => work()))(async () => {
      while (this.again) {
        this.again = false
        await this.drain()
      }
    }).finally(() => {
      this.running = undefined
      // Asked for while the last round was ending.
      if (this.again) void this.flush()
    })
    return this.running
  }

  private async drain() {
    for (;;) {
      await this.read()
      const user = this.hooks.user()
      const next = nextOf(this.entries.filter(it => it.user === user), this.slow)
      if (!user || !next) return
      try {
        const answer = await this.hooks.send(next)
        // Known before it is forgotten, so that nothing on the screen goes back for a moment.
        this.hooks.done(next, answer)
        await this.leaves(next)
        this.tell(next.key, { state: 'done', answer })
      } catch (error) {
        const problem = error instanceof Problem ? error : Problem.unreachable()
        if (problem.code === TOO_SLOW) this.slow.add(next.key)
        if (comesAgain(problem)) return this.later(problem.retryAfterSeconds)
        await this.leaves(next)
        this.hooks.refused(next, problem)
        this.tell(next.key, { state: 'refused', problem })
      }
    }
  }

  private async leaves(entry: Entry) {
    this.tries = 0
    await this.hooks.store.remove(entry)
    await this.read()
  }

  private later(seconds?: number) {
    for (const it of this.entries) this.tell(it.key, { state: 'waiting' })
    const ms = seconds ? seconds * 1000 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.tries)
    this.tries += 1
    clearTimeout(this.pause)
    this.pause = setTimeout(() => void this.flush(), ms)
  }

  private tell(key: string, outcome: Outcome) {
    this.waiting.get(key)?.(outcome)
    this.waiting.delete(key)
  }

  private async read() {
    this.entries = (await this.hooks.store.all()).sort((a, b) => a.id - b.id)
    this.hooks.changed(this.entries)
  }
}

function byTurn(a: Entry, b: Entry): number {
  return Number(b.act === 'duress') - Number(a.act === 'duress') || a.id - b.id
}
