import { describe, expect, it } from 'vitest'
import { duration, percent } from '../src/admin/reports'

describe('the figures of a month', () => {
  it.each([[null, '–'], [0, '0:00'], [65, '1:05'], [3600, '1:00:00'], [3725, '1:02:05']])('%s s are written %s', (seconds, text) => expect(duration(seconds)).toBe(text))
  it.each([[0, 0, '–'], [0, 7, '0 %'], [7, 7, '100 %'], [1, 3, '33.3 %'], [9_999, 10_000, '99.9 %'], [1, 10_000, '0.1 %']])('%s of %s is %s', (part, of, text) => expect(percent({ part, of })).toBe(text))
})
