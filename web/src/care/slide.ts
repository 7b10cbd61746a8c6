// A slide as a state machine without a screen: where the knob is, and whether letting go means yes.

/** So much of the way is a yes; less is a brush of the sleeve. */
export const ENOUGH = 0.85

export class Slide {
  private from: number | null = null
  /** 0 to 1. */
  at = 0

  /** `room`: how far the knob can go, pixels. */
  constructor(private readonly room: () => number) {}

  take(x: number) {
    this.from = x
    this.at = 0
  }
  move(x: number): number {
    if (this.from === null) return this.at
    const room = this.room()
    this.at = room > 0 ? Math.min(1, Math.max(0, (x - this.from) / room)) : 0
    return this.at
  }
  /** Let go: true is a yes. */
  release(): boolean {
    const yes = this.from !== null && this.at >= ENOUGH
    this.from = null
    if (!yes) this.at = 0
    return yes
  }
  /** The system took the pointer away: never a yes. */
  cancel() {
    this.from = null
    this.at = 0
  }
}
