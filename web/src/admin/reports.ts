// How figures of a month are written.

/** `3:05`, `1:02:00`; a dash where there is none. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '–'
  const two = (n: number) => String(n).padStart(2, '0')
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds % 60)]
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** 100 only where it is all, and 0 only where it is none: rounding would hide the last one. */
export function percent(it: { part: number, of: number }): string {
  if (!it.of) return '–'
  const exact = 100 * it.part / it.of
  if (it.part === it.of || it.part === 0) return `${exact.toFixed(0)} %`
  return `${Math.min(99.9, Math.max(0.1, Math.round(exact * 10) / 10)).toFixed(1)} %`
}
