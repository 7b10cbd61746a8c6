// The board, asked for again and again. It knows nothing of the page; time and requests come in.
//
//   waiting ──answer──▶ live ──nothing heard for 10 s──▶ stale ──answer──▶ live
//                        └──401──▶ ended
//
// Holds always: `live` means that an answer came within the last ten seconds; a lost link comes back by itself.
import { Problem } from '../shared/api/problem'
import type { Board } from './ask'

export type State = 'waiting' | 'live' | 'stale' | 'ended'

/** Between an answer and the next question. */
export const EVERY_MS = 3_000
/** What is older may be wrong, and is shown so. */
export const STALE_MS = 10_000
const LONGEST_PAUSE_MS = 5_000

export interface Hooks {
  ask: () => Promise<Board>
  told: (board: Board) => void
  state: (state: State) => void
  /** An answer after an outage: the service may have been started anew. */
  back: () => void
}

export class Follow {
  private current: State = 'waiting'
  private heardAt = 0
  private tries = 0
  private round = 0
  private pause: ReturnType<typeof setTimeout> | undefined
  private watch: ReturnType<typeof setInterval> | undefined

  constructor(private readonly hooks: Hooks) {}

  start() {
    this.heardAt = Date.now()
    this.watch = setInterval(() => { if (Date.now() - this.heardAt >= STALE_MS) this.say('stale') }, 1_000)
    void this.next()
  }

  stop() {
    this.round += 1
    clearTimeout(this.pause)
    clearInterval(this.watch)
  }

  /** Asks at once, as when the network has come back. */
  hurry() {
    if (this.current === 'ended') return
    clearTimeout(this.pause)
    void this.next()
  }

  private async next() {
    // An older question that still waits is not listened to any more.
    this.round += 1
    const round = this.round
    try {
      const board = await this.hooks.ask()
      if (round !== this.round) return
      this.heardAt = Date.now()
      this.tries = 0
      this.hooks.told(board)
      if (this.current === 'stale') this.hooks.back()
      this.say('live')
      this.later(EVERY_MS)
    } catch (error) {
      if (round !== this.round) return
      if (error instanceof Problem && error.status === 401) {
        this.stop()
        this.say('ended')
        return
      }
      this.tries += 1
      this.later(Math.min(LONGEST_PAUSE_MS, 500 * 2 ** this.tries))
    }
  }

  private later(ms: number) {
    this.pause = setTimeout(() => void this.next(), ms)
  }

  private say(state: State) {
    if (state === this.current) return
    this.current = state
    this.hooks.state(state)
  }
}
