import { describe, expect, it } from 'vitest'
import { display, displayed } from '@/shared/map/crs'
import { factsOf, groundOf } from '@/shared/map/style'

/** Pairs that others have published: eviltransform's tests, and Baidu's own example. */
const GCJ02: [[number, number], [number, number]][] = [
  [[121.527_210_6, 31.177_427_6], [121.531_541_859_215, 31.175_303_983_645_97]],
  [[116.377_817, 39.911_954], [116.384_047_224_556_57, 39.913_345_545_360_69]],
]

describe('a place on a base map', () => {
  it.each(GCJ02)('%j lies at %j in GCJ-02', (from, to) => {
    const [lon, lat] = display('gcj02')(from)
    expect(Math.abs(lon - to[0])).toBeLessThan(1e-6)
    expect(Math.abs(lat - to[1])).toBeLessThan(1e-6)
  })
  it('lies where it lies in WGS-84, and somewhere else in each other system', () => {
    const yangcun: [number, number] = [117.060, 39.384]
    expect(display('wgs84')(yangcun)).toEqual(yangcun)
    expect(display(undefined)(yangcun)).toEqual(yangcun)
    const metres = (a: [number, number], b: [number, number]) => Math.hypot((a[0] - b[0]) * Math.cos(39.384 * Math.PI / 180), a[1] - b[1]) * 111_195
    expect(metres(yangcun, display('gcj02')(yangcun))).toBeGreaterThan(400)
    expect(metres(display('gcj02')(yangcun), display('bd09')(yangcun))).toBeGreaterThan(400)
  })
  it('is moved in every shape, and nothing else of it', () => {
    const at = GCJ02[1]?.[0] as [number, number]
    const to = display('gcj02')(at)
    const of = (geometry: object) => ({ type: 'FeatureCollection' as const, features: [{ type: 'Feature' as const, properties: { id: 'x' }, geometry: geometry as never }] })
    expect(displayed(of({ type: 'Point', coordinates: at }), 'gcj02').features[0]).toEqual(of({ type: 'Point', coordinates: to }).features[0])
    expect(displayed(of({ type: 'MultiPolygon', coordinates: [[[at, at]]] }), 'gcj02').features[0]).toEqual(of({ type: 'MultiPolygon', coordinates: [[[to, to]]] }).features[0])
    const same = of({ type: 'Point', coordinates: at })
    expect(displayed(same, 'wgs84')).toBe(same)
  })
})

describe('the ground of the map', () => {
  const facts = { bounds: [117, 39.300, 117.100, 39.400], zoom_max: 15, attribution: '© OpenStreetMap contributors' }
  it('is the service\'s own tiles, and of no other host', () => {
    const ground = groundOf(false, factsOf(facts))
    expect(JSON.stringify(ground.sources)).not.toContain('://t0')
    expect(ground.roads.length).toBeGreaterThan(0)
  })
  it('is the base map alone where one is named, with its review number', () => {
    const base = { tiles_url: 'https://t0.example.cn/{z}/{x}/{y}', crs: 'gcj02', review_number: 'GS 1', attribution: 'A', zoom_max: 17 }
    const ground = groundOf(true, factsOf({ ...facts, base }))
    expect(Object.keys(ground.sources)).toEqual(['base'])
    expect(ground.sources.base).toMatchObject({ type: 'raster', tiles: [base.tiles_url], maxzoom: 17, attribution: 'A GS 1' })
    expect([ground.roads, ground.names]).toEqual([[], []])
  })
})
