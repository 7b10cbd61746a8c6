// The roads that the service stands on, as lines for the map.
import type { FeatureCollection, LineString } from 'geojson'
import { api, body, type Schemas } from '../api/client'

export interface Roads { lines: FeatureCollection<LineString, { class: string }>, bounds: [number, number, number, number] | null }

export async function readRoads(): Promise<Roads> {
  return unfold(await body(api.GET('/api/v1/roads/lines')))
}

/** Each row is a point and the steps from there, in whole parts of a degree. */
export function unfold(dto: Schemas['LinesDto']): Roads {
  const lines: Roads['lines'] = { type: 'FeatureCollection', features: [] }
  for (const kind of ['water', 'paths', 'minor', 'major'] as const) {
    for (const row of dto[kind]) {
      const coordinates: [number, number][] = []
      let [lon, lat] = [0, 0]
      for (let n = 0; n + 1 < row.length; n += 2) {
        lon += row[n] ?? 0
        lat += row[n + 1] ?? 0
        coordinates.push([lon / dto.scale, lat / dto.scale])
      }
      lines.features.push({ type: 'Feature', properties: { class: kind }, geometry: { type: 'LineString', coordinates } })
    }
  }
  const b = dto.bounds
  return { lines, bounds: b && b.length === 4 ? [b[0] as number, b[1] as number, b[2] as number, b[3] as number] : null }
}
