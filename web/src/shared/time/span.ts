// Spans and instants as people read them.

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

/** The wall clock of the desk, `14:03:22`. */
export function clockTime(at: string | number): string {
  const it = new Date(at)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${two(it.getHours())}:${two(it.getMinutes())}:${two(it.getSeconds())}`
}

/** Whose time that is, `UTC+8`: the machine's, which need not be the street's. */
export function zoneOf(at: number): string {
  const minutes = -new Date(at).getTimezoneOffset()
  const [h, m] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `UTC${minutes < 0 ? '−' : '+'}${h}${m ? `:${String(m).padStart(2, '0')}` : ''}`
}

/** With the day where it is another one than today. */
export function dayTime(at: string, now: number): string {
  const it = new Date(at)
  const same = new Date(now).toDateString() === it.toDateString()
  return same ? clockTime(at) : `${it.getMonth() + 1}-${String(it.getDate()).padStart(2, '0')} ${clockTime(at).slice(0, 5)}`
}
