// What comes while a finger is on the page waits until it is lifted and a moment more: a new case would push the keys of the telephones
// down, and the touch would land on another one.
const AFTER_MS = 600
/** A finger that is never lifted, as of a page that was left half-way, holds nothing back for longer. */
const LONGEST_MS = 5_000

export class Hold<T> {
  private pressed = false
  private waiting: { it: T } | undefined
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly show: (it: T) => void) {}

  put(it: T) {
    if (!this.pressed) return this.show(it)
    this.waiting = { it }
  }
  down() {
    this.pressed = true
    this.later(LONGEST_MS)
  }
  up() {
    if (this.pressed) this.later(AFTER_MS)
  }

  private later(ms: number) {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.pressed = false
      const next = this.waiting
      this.waiting = undefined
      if (next) this.show(next.it)
    }, ms)
  }
}
