// Months of the service's calendar as people read them. A month is a text (`2026-03`): no zone can shift it.

import { local } from '../shared/time/zone'

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
  return new Intl.DateTimeFormat(locale, { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false, timeZone: 'UTC' }).format(local(at))
}

/** Whole minutes, and one at least: nobody is at a door in none. */
export const minutesOf = (seconds: number) => Math.max(1, Math.round(seconds / 60))

/** The day of an instant, as a heading of the rota has it. */
export function dayName(at: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { month: 'long', day: 'numeric', weekday: 'long', timeZone: 'UTC' }).format(local(at))
}

/** What begins on one day of the street's, together. */
export function byDay<T extends { from: string }>(all: readonly T[]): { key: string, items: T[] }[] {
  const days = new Map<string, T[]>()
  for (const it of all) {
    const key = local(it.from).toISOString().slice(0, 10)
    days.set(key, [...(days.get(key) ?? []), it])
  }
  return [...days].map(([key, items]) => ({ key, items }))
}
