import { expect, it } from 'vitest'
import { isInside } from '@/shared/map/inside'
import { secondsUntil, span } from '@/shared/time/span'
import { at, NOW } from './kit'

it('spans read as people say them', () => {
  expect([0, 7, 60, 750, 3599, 3600, -5].map(span)).toEqual(['0:00', '0:07', '1:00', '12:30', '59:59', '1:00:00', '0:05'])
})
it('ten seconds later there are ten seconds less', () => {
  expect(secondsUntil(at(90), NOW) - secondsUntil(at(90), NOW + 10_000)).toBe(10)
})
it('a point in a hole is not inside', () => {
  const square = (low: number, high: number) => [[low, low], [high, low], [high, high], [low, high], [low, low]]
  const shape = { type: 'Polygon' as const, coordinates: [square(0, 10), square(4, 6)] }
  expect([1, 5, 11].map(it_ => isInside({ lon: it_, lat: it_ }, shape))).toEqual([true, false, false])
})
