import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '@/shared/api/problem'
import type { Board } from '@/wall/ask'
import { EVERY_MS, Follow, STALE_MS, type State } from '@/wall/follow'
import { SHIFT_EVERY_MS, SHIFT_MAX, shiftAt } from '@/wall/shift'

describe('the board', () => {
  beforeEach(() => { vi.useFakeTimers() })
  afterEach(() => { vi.useRealTimers() })

  function started(ask: () => Promise<Board>) {
    const states: State[] = []
    const seen = { told: 0, back: 0 }
    const follow = new Follow({ ask, told: () => { seen.told += 1 }, state: it => states.push(it), back: () => { seen.back += 1 } })
    follow.start()
    return { states, seen, follow }
  }

  it('is asked for every three seconds, and old after ten without an answer, until one comes', async () => {
    let up = true
    const { states, seen, follow } = started(() => (up ? Promise.resolve({} as Board) : Promise.reject(Problem.unreachable())))
    await vi.advanceTimersByTimeAsync(3 * EVERY_MS + 10)
    expect(seen.told).toBe(4)
    up = false
    await vi.advanceTimersByTimeAsync(STALE_MS - 2_000)
    expect(states).toEqual(['live'])
    await vi.advanceTimersByTimeAsync(4_000)
    expect(states).toEqual(['live', 'stale'])
    up = true
    await vi.advanceTimersByTimeAsync(6_000)
    expect(states).toEqual(['live', 'stale', 'live'])
    expect(seen.back).toBe(1)
    follow.stop()
  })

  it('that never answers at all is old too', async () => {
    const { states, follow } = started(() => new Promise(() => {}))
    await vi.advanceTimersByTimeAsync(STALE_MS + 1_000)
    expect(states).toEqual(['stale'])
    follow.stop()
  })

  it('ends when the screen was shut out, and asks no more', async () => {
    let asked = 0
    const { states } = started(() => { asked += 1; return Promise.reject(new Problem('session_ended', 401, '')) })
    await vi.advanceTimersByTimeAsync(60_000)
    expect([states, asked]).toEqual([['ended'], 1])
  })
})

it('the picture stands at every place as often as at any other, and never beyond its edge', () => {
  const places = new Set<string>()
  for (let step = 0; step < 17 * 17; step += 1) {
    const { x, y } = shiftAt(step * SHIFT_EVERY_MS + 5)
    expect(Math.max(Math.abs(x), Math.abs(y))).toBeLessThanOrEqual(SHIFT_MAX)
    places.add(`${x} ${y}`)
  }
  expect(places.size).toBe(17 * 17)
})
