// The link that the street has given: its token stands behind the `#`, where no server sees it, and is taken out at once.

/** The token of the address, which afterwards has none; empty: the page was opened without one. */
export function takeToken(at: Pick<Location, 'hash' | 'pathname'>, history: Pick<History, 'replaceState'>): string {
  const token = at.hash.replace(/^#/, '')
  if (token) history.replaceState(null, '', at.pathname)
  return /^[\w-]{43}$/.test(token) ? token : ''
}
