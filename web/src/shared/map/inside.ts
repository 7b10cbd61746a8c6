// Whether a point lies in a polygon with holes: the even-odd rule over all its rings.
import type { MultiPolygon, Polygon, Position } from 'geojson'

export function isInside(at: { lon: number, lat: number }, shape: Polygon | MultiPolygon): boolean {
  const polygons = shape.type === 'Polygon' ? [shape.coordinates] : shape.coordinates
  return polygons.some(rings => rings.reduce((odd, ring) => odd !== crosses(at, ring), false))
}

function crosses(at: { lon: number, lat: number }, ring: Position[]): boolean {
  let odd = false
  for (let n = 0, before = ring.length - 1; n < ring.length; before = n, n += 1) {
    const [x1 = 0, y1 = 0] = ring[n] ?? []
    const [x2 = 0, y2 = 0] = ring[before] ?? []
    if (y1 > at.lat !== y2 > at.lat && at.lon < ((x2 - x1) * (at.lat - y1)) / (y2 - y1) + x1) odd = !odd
  }
  return odd
}
