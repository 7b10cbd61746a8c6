// Whose clocks the times on a screen are: the street's, as the service names them, whatever zone the machine stands in. Before the service
// has said so they are the machine's.
let ahead: number | null = null

/** Minutes that the street's clocks are ahead of UTC; none: not known. */
export function setZone(minutes: number | null | undefined) {
  ahead = minutes ?? null
}

/** Minutes ahead of UTC at an instant. */
export const aheadAt = (at: string | number): number => (ahead === null ? -new Date(at).getTimezoneOffset() : ahead)

/** An instant whose UTC fields are what the street's clocks show. */
export function local(at: string | number): Date {
  const it = new Date(at)
  return new Date(it.getTime() + aheadAt(at) * 60_000)
}

/** Whether two instants are of one day of the street's. */
export const sameDay = (a: string | number, b: string | number): boolean => local(a).toISOString().slice(0, 10) === local(b).toISOString().slice(0, 10)
