// Spans and instants as people read them.
import { aheadAt, local, sameDay } from './zone'

/** `0:07`, `12:30`, `1:02:05`; never negative. */
export function span(seconds: number): string {
  const s = Math.abs(Math.round(seconds))
  const two = (it: number) => String(it).padStart(2, '0')
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`
}

/** Seconds from now until then: whole ones, rounded so that 0:00 is the instant itself. */
export function secondsUntil(at: string, now: number): number {
  return Math.ceil((Date.parse(at) - now) / 1000)
}

/** What the street's clocks show, `14:03:22`. */
export function clockTime(at: string | number): string {
  const it = local(at)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${two(it.getUTCHours())}:${two(it.getUTCMinutes())}:${two(it.getUTCSeconds())}`
}

/** Whose time that is, `UTC+8`. */
export function zoneOf(at: number): string {
  const minutes = aheadAt(at)
  const [h, m] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `UTC${minutes < 0 ? '−' : '+'}${h}${m ? `:${String(m).padStart(2, '0')}` : ''}`
}

/** To the second, with the day where it is another one than that of `day`: a case over midnight reads in its order. */
export function clockOn(at: string, day: string): string {
  const it = local(at)
  return sameDay(at, Date.parse(day)) ? clockTime(at) : `${it.getUTCMonth() + 1}-${String(it.getUTCDate()).padStart(2, '0')} ${clockTime(at)}`
}

/** With the day where it is another one than today. */
export function dayTime(at: string, now: number): string {
  const it = local(at)
  return sameDay(at, now) ? clockTime(at) : `${it.getUTCMonth() + 1}-${String(it.getUTCDate()).padStart(2, '0')} ${clockTime(at).slice(0, 5)}`
}
