// What is going on, asked for again as soon as there is an answer: the service holds the answer back until there is news, at
// most four seconds. It knows nothing of the page; time and requests come in.
//
//   off ──start──▶ waiting ──answer──▶ live ──failure, or silence ≥ 8 s──▶ stale ──answer──▶ live
//                                        └──401──▶ ended
import { Problem } from '../shared/api/problem'
import type { News, Now } from './ask'

export type LinkState = 'waiting' | 'live' | 'stale' | 'ended'

/** Seconds for which the service may hold an answer back. */
const WAIT_S = 4
/** An answer that has not come by then is not coming. */
export const SILENCE_MS = 8_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 5_000

export interface Hooks {
  ask: (path: string) => Promise<News>
  /** News, and by how many milliseconds the service's clock is ahead of this machine's. */
  told: (now: Now | undefined, aheadMs: number) => void
  state: (state: LinkState) => void
}

export class Follow {
  private tag = ''
  private round = 0
  private tries = 0
  private heardAt = 0
  private current: LinkState = 'waiting'
  private watch: ReturnType<typeof setInterval> | undefined
  private pause: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly hooks: Hooks) {}

  start() {
    this.heardAt = Date.now()
    this.watch = setInterval(() => { if (this.current === 'live' && Date.now() - this.heardAt >= SILENCE_MS) this.say('stale') }, 500)
    void this.next()
  }

  stop() {
    this.round += 1
    this.tag = ''
    this.current = 'waiting'
    clearInterval(this.watch)
    clearTimeout(this.pause)
  }

  /** The machine says that its network is gone. */
  cut() {
    if (this.current === 'live') this.say('stale')
  }

  /** Asks at once, as when the network has come back or the page is looked at again. */
  hurry() {
    if (this.current === 'ended' || this.current === 'waiting') return
    clearTimeout(this.pause)
    this.tries = 0
    void this.next()
  }

  private async next() {
    // An older question that still waits is not listened to any more.
    this.round += 1
    const round = this.round
    try {
      const asked = Date.now()
      const wait = this.tag && this.current === 'live' ? WAIT_S : 0
      const news = await this.hooks.ask(`view?wait=${wait}${this.tag ? `&tag=${this.tag}` : ''}`)
      if (round !== this.round) return
      this.heardAt = Date.now()
      this.tries = 0
      this.tag = news.tag
      // The service said the time when it answered; half the way there and back is its age, where it did not wait.
      const away = wait ? 0 : (this.heardAt - asked) / 2
      this.hooks.told(news.view ?? undefined, Date.parse(news.now) + away - this.heardAt)
      this.say('live')
      this.later(0)
    } catch (error) {
      if (round !== this.round) return
      if (error instanceof Problem && error.status === 401) {
        this.stop()
        this.say('ended')
        return
      }
      this.say('stale')
      this.later(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.tries))
      this.tries += 1
    }
  }

  private later(ms: number) {
    clearTimeout(this.pause)
    this.pause = setTimeout(() => void this.next(), ms)
  }

  private say(state: LinkState) {
    if (state === this.current) return
    this.current = state
    this.hooks.state(state)
  }
}
