// Instants as families read them: no seconds, the day where it is another one.
const two = (n: number) => String(n).padStart(2, '0')

/** `14:03`, or `3-1 14:03` where it is another day. */
export function hourMinute(at: string, now: number): string {
  const it = new Date(at)
  const text = `${two(it.getHours())}:${two(it.getMinutes())}`
  return new Date(now).toDateString() === it.toDateString() ? text : `${it.getMonth() + 1}-${it.getDate()} ${text}`
}

/** `2026-03-01 14:03`. */
export function dayHour(at: string | number): string {
  const it = new Date(at)
  return `${it.getFullYear()}-${two(it.getMonth() + 1)}-${two(it.getDate())} ${two(it.getHours())}:${two(it.getMinutes())}`
}
