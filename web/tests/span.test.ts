import { expect, it } from 'vitest'
import { isInside } from '@/shared/map/inside'
import { doorOf } from '@/console/subject'
import { clockTime, dayTime, secondsUntil, span, zoneOf } from '@/shared/time/span'
import { setZone } from '@/shared/time/zone'
import { byDay, dayOf } from '@/care/month'
import { dayHour, hourMinute } from '@/family/time'
import { aCase, at, NOW } from './kit'

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
it('a clock says whose time it is', () => {
  const before = process.env.TZ
  try {
    const found = ['Asia/Shanghai', 'Asia/Kolkata', 'America/New_York', 'UTC'].map(zone => {
      process.env.TZ = zone
      return zoneOf(NOW)
    })
    expect(found).toEqual(['UTC+8', 'UTC+5:30', 'UTC−5', 'UTC+0'])
  } finally {
    process.env.TZ = before
  }
})
it('a door is the address from the estate on', () => {
  const of = (address: string) => doorOf(aCase('1', { household: { id: 'h', address, members: [] } }))
  const street = '\u6768\u6751\u8857\u9053'
  expect([`${street}A 6-1-502`, 'A 6-1-502', `A 6, beside the street office ${street}`, street].map(of)).toEqual(['A 6-1-502', 'A 6-1-502', `A 6, beside the street office ${street}`, street])
})
it('times are the street’s on a machine of whatever zone, once the service has said whose they are', () => {
  const before = process.env.TZ
  const said = () => {
    const [late, next] = ['2026-03-01T15:59:30Z', '2026-03-01T16:00:30Z']
    return [clockTime(late), dayTime(late, Date.parse(next)), zoneOf(Date.parse(late)), hourMinute(late, Date.parse(next)), dayHour(next), dayOf(late, 'en'), byDay([{ from: late }, { from: next }]).map(it => it.key).join()]
  }
  try {
    setZone(480)
    for (const zone of ['America/New_York', 'Asia/Shanghai', 'Asia/Kolkata']) {
      process.env.TZ = zone
      expect(said(), zone).toEqual(['23:59:30', '3-01 23:59', 'UTC+8', '3-1 23:59', '2026-03-02 00:00', '3/1, 23:59', '2026-03-01,2026-03-02'])
    }
    setZone(-210)
    expect(zoneOf(0)).toBe('UTC−3:30')
    // Before anybody has said so: the machine's.
    setZone(undefined)
    expect(said().slice(0, 3)).toEqual(['21:29:30', '21:29:30', 'UTC+5:30'])
  } finally {
    setZone(undefined)
    process.env.TZ = before
  }
})
