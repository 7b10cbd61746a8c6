// A picture that never moves burns into a screen: every three minutes the whole of it stands some pixels elsewhere.

export const SHIFT_EVERY_MS = 180_000
/** Pixels at most, in each direction; the page's edge is wider. */
export const SHIFT_MAX = 8

/** Where the picture stands at an instant: a slow walk over 17 by 17 places, each as often as any other. */
export function shiftAt(ms: number): { x: number, y: number } {
  const side = 2 * SHIFT_MAX + 1
  // 7 and 11 have no divisor in common with 17: each step is a jump, and all places come.
  const step = Math.floor(ms / SHIFT_EVERY_MS)
  return { x: (step * 7) % side - SHIFT_MAX, y: (step * 11 + Math.floor(step / side)) % side - SHIFT_MAX }
}
