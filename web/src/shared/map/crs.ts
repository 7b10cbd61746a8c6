// Where a WGS-84 place lies on the base map that is shown. Everything the service says is WGS-84; a Chinese base map is drawn in
// GCJ-02 or BD-09, some 550 m off in Yangcun. Only what is drawn is converted: no coordinate of a base map goes back to the service.
import gcoord from 'gcoord'
import type { FeatureCollection, Geometry, Position } from 'geojson'

export type Crs = 'wgs84' | 'gcj02' | 'bd09'
export type LonLat = [number, number]

const GOALS = { gcj02: gcoord.GCJ02, bd09: gcoord.BD09 } as const

/** The way of a point onto the map. */
export function display(crs: Crs | undefined): (at: LonLat) => LonLat {
  if (!crs || crs === 'wgs84') return at => at
  const goal = GOALS[crs]
  return at => gcoord.transform<LonLat>([at[0], at[1]], gcoord.WGS84, goal)
}

/** The same for all that a source is given. */
export function displayed<T extends FeatureCollection>(data: T, crs: Crs | undefined): T {
  if (!crs || crs === 'wgs84') return data
  const move = display(crs)
  const deep = (it: unknown): unknown => {
    const list = it as unknown[]
    return typeof list[0] === 'number' ? move(it as LonLat) : list.map(deep)
  }
  const turned = (it: Geometry): Geometry => {
    if (it.type === 'GeometryCollection') return { ...it, geometries: it.geometries.map(turned) }
    return { ...it, coordinates: deep(it.coordinates) as Position & Position[] & Position[][] & Position[][][] } as Geometry
  }
  return { ...data, features: data.features.map(it => ({ ...it, geometry: turned(it.geometry) })) }
}
