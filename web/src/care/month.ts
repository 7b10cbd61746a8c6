// Months of the service's calendar as people read them. A month is a text (`2026-03`): no zone can shift it.

/** `2026-03` and `by` months. */
export function monthAfter(month: string, by: number): string {
  const [year, at] = month.split('-').map(Number) as [number, number]
  const n = year * 12 + at - 1 + by
  return `${String(Math.floor(n / 12)).padStart(4, '0')}-${String((n % 12) + 1).padStart(2, '0')}`
}

export function monthName(month: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'long', timeZone: 'UTC' }).format(new Date(`${month}-01T00:00:00Z`))
}

/** Day and time of an instant, as a line of a list has it. */
export function dayOf(at: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false }).format(new Date(at))
}

/** Whole minutes, and one at least: nobody is at a door in none. */
export const minutesOf = (seconds: number) => Math.max(1, Math.round(seconds / 60))
