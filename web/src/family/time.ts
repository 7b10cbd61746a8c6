// Instants as families read them: no seconds, the day where it is another one.
import { local, sameDay } from '../shared/time/zone'

const two = (n: number) => String(n).padStart(2, '0')

/** `14:03`, or `3-1 14:03` where it is another day. */
export function hourMinute(at: string, now: number): string {
  const it = local(at)
  const text = `${two(it.getUTCHours())}:${two(it.getUTCMinutes())}`
  return sameDay(at, now) ? text : `${it.getUTCMonth() + 1}-${it.getUTCDate()} ${text}`
}

/** `2026-03-01 14:03`. */
export function dayHour(at: string | number): string {
  const it = local(at)
  return `${it.getUTCFullYear()}-${two(it.getUTCMonth() + 1)}-${two(it.getUTCDate())} ${two(it.getUTCHours())}:${two(it.getUTCMinutes())}`
}
