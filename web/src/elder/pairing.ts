// Which device this screen is: its id and its key, entered once or brought by a link behind the `#`, and kept on this screen.
export interface Pairing { device: string, key: string }
const KEPT = 'ecd.elder.device'
type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** `device_…:key`, as it stands on the device's card and in its link. */
export function readPairing(text: string): Pairing | undefined {
  const found = /^(device_[0-9a-f]{32})[:.]([\w-]{20,})$/.exec(text.trim())
  return found?.[1] && found[2] ? { device: found[1], key: found[2] } : undefined
}

/** Takes it out of the address, where it must not stay. */
export function takePairing(at: Pick<Location, 'hash' | 'pathname'>, history: Pick<History, 'replaceState'>, store: Store) {
  const text = decodeURIComponent(at.hash.replace(/^#/, ''))
  if (!text) return
  history.replaceState(null, '', at.pathname)
  const found = readPairing(text)
  if (found) keepPairing(found, store)
}

export function keepPairing(it: Pairing, store: Store) {
  store.setItem(KEPT, JSON.stringify(it))
}

export function keptPairing(store: Store): Pairing | undefined {
  try {
    const it = JSON.parse(store.getItem(KEPT) ?? 'null') as Pairing | null
    return it ? readPairing(`${it.device}:${it.key}`) : undefined
  } catch {
    return undefined
  }
}
