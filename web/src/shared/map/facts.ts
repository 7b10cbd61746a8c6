// What the service's map is made of, and how its tiles are asked for.
import type { RequestParameters, ResourceType } from 'maplibre-gl'
import { api, body } from '../api/client'
import { useSession } from '../api/session'
import type { MapFacts } from './style'

export async function readMap(): Promise<MapFacts> {
  const it = await body(api.GET('/api/v1/map'))
  const b = it.bounds
  return { bounds: b && b.length === 4 ? [b[0] as number, b[1] as number, b[2] as number, b[3] as number] : null, zoomMax: it.zoom_max, attribution: it.attribution }
}

/** Tiles are shown to whoever is signed in: the token goes with each, and to this page's host alone. */
export function withToken(url: string, _kind?: ResourceType): RequestParameters {
  const token = useSession().tokens?.access_token
  if (!token || new URL(url, location.href).origin !== location.origin) return { url }
  return { url, headers: { authorization: `Bearer ${token}` } }
}
