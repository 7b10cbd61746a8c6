// What the service's map is made of, and how its tiles are asked for.
import type { RequestParameters, ResourceType } from 'maplibre-gl'
import { api, body } from '../api/client'
import { useSession } from '../api/session'
import { factsOf, type MapFacts } from './style'

export async function readMap(): Promise<MapFacts> {
  return factsOf(await body(api.GET('/api/v1/map')))
}

/** Tiles are shown to whoever is signed in: the token goes with each, and to this page's host alone. */
export function withToken(url: string, _kind?: ResourceType): RequestParameters {
  const token = useSession().tokens?.access_token
  if (!token || new URL(url, location.href).origin !== location.origin) return { url }
  return { url, headers: { authorization: `Bearer ${token}` } }
}
