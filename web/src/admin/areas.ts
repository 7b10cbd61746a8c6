// Words of the areas' page, and what a draft of a map is.
import type { MultiPolygon, Polygon } from 'geojson'
import { useI18n } from 'vue-i18n'
import type { Schemas } from '../shared/api/client'
import type { Crs, LonLat } from '../shared/map/crs'
import en from './i18n/areas/en.json'
import zh from './i18n/areas/zh-CN.json'

let there = false
/** To be said before the first of them is shown. */
export function useAreaWords() {
  const { mergeLocaleMessage } = useI18n()
  if (there) return
  there = true
  mergeLocaleMessage('zh-CN', zh)
  mergeLocaleMessage('en', en)
}

export type Level = 'street' | 'community' | 'grid'
export type Rings = LonLat[][]
/** What is drawn of one area, in the numbers of the map on the screen. */
export interface Outline { code: string, name: string, alias: string, rings: Rings }
export type Mode = 'look' | 'draw' | 'shape' | 'cut'

const LEVELS: Record<number, Level> = { 9: 'street', 12: 'community', 15: 'grid' }
export const levelOf = (code: string): Level | undefined => LEVELS[code.length]

/** The codes of a street whose names may be shown, a parent before its children, each with how deep it lies. */
export function treeOf(areas: readonly Schemas['AreaDto'][], draft: readonly Outline[], street: string): { code: string, name: string, depth: number, drawn: boolean, isNew: boolean }[] {
  const drawn = new Map(draft.map(it => [it.code, it]))
  const known = new Map(areas.filter(it => it.code.startsWith(street)).map(it => [it.code, it.name]))
  const codes = [...new Set([...known.keys(), ...drawn.keys()])].sort()
  return codes.map(code => ({ code, name: known.get(code) ?? drawn.get(code)?.name ?? '', depth: (code.length - street.length) / 3, drawn: drawn.has(code), isNew: !known.has(code) }))
}

/** The first code of a grid in a community that nobody bears; `undefined`: all 999 are borne. */
export function nextGrid(community: string, taken: Iterable<string>): string | undefined {
  const all = new Set(taken)
  for (let n = 1; n <= 999; n += 1) {
    const code = community + String(n).padStart(3, '0')
    if (!all.has(code)) return code
  }
  return undefined
}

/** As the service takes it. */
export function toMap(draft: readonly Outline[]) {
  const feature = (it: Outline) => ({
    type: 'Feature' as const,
    properties: { code: it.code, name: it.name.trim() || null, alias: it.alias.trim() || null },
    geometry: { type: 'Polygon', coordinates: it.rings },
  })
  return { type: 'FeatureCollection', features: draft.map(feature) }
}

export function draftOf(map: Schemas['AreaMapDto']): Outline[] {
  return map.features.map(it => ({ code: it.properties.code, name: it.properties.name, alias: it.properties.alias ?? '', rings: it.geometry.coordinates as Rings }))
}

/** What a file holds: outlines with a code among their properties; the rest is counted. Throws when it is no FeatureCollection. */
export function readFile(text: string, turn: (at: LonLat) => LonLat): { outlines: Outline[], passed: number } {
  const it = JSON.parse(text) as { type?: string, features?: { properties?: Record<string, unknown> | null, geometry?: Polygon | MultiPolygon | null }[] }
  if (it.type !== 'FeatureCollection' || !Array.isArray(it.features)) throw new Error('no FeatureCollection')
  const outlines: Outline[] = []
  for (const one of it.features) {
    const code = String(one.properties?.code ?? '')
    const shape = one.geometry
    const rings = shape?.type === 'Polygon' ? shape.coordinates : shape?.type === 'MultiPolygon' && shape.coordinates.length === 1 ? shape.coordinates[0] : undefined
    if (!levelOf(code) || !rings?.length) continue
    const text = (key: string) => String(one.properties?.[key] ?? '')
    outlines.push({ code, name: text('name'), alias: text('alias'), rings: rings.map(ring => ring.map(at => turn([at[0] ?? 0, at[1] ?? 0]))) })
  }
  return { outlines, passed: it.features.length - outlines.length }
}

/** Which areas differ between two drafts: new, gone, drawn otherwise or called otherwise. */
export function differing(before: readonly Outline[], after: readonly Outline[]): string[] {
  const text = (it: Outline) => JSON.stringify([it.rings, it.name, it.alias])
  const old = new Map(before.map(it => [it.code, text(it)]))
  const now = new Map(after.map(it => [it.code, text(it)]))
  return [...new Set([...old.keys(), ...now.keys()])].filter(it => old.get(it) !== now.get(it)).sort()
}

/** The corner that is near, else the nearest place on an edge that is; `reach` in degrees of latitude. Neighbours then share their line. */
export function snap(at: LonLat, outlines: readonly Outline[], reach: number, but = ''): LonLat | undefined {
  const east = Math.cos(at[1] * Math.PI / 180)
  const off = (p: LonLat) => Math.hypot((p[0] - at[0]) * east, p[1] - at[1])
  let corner: LonLat | undefined
  let edge: LonLat | undefined
  let cornerAt = reach
  let edgeAt = reach
  for (const it of outlines) {
    if (it.code === but) continue
    for (const ring of it.rings) {
      ring.forEach((p, n) => {
        const d = off(p)
        if (d < cornerAt) [corner, cornerAt] = [p, d]
        const q = ring[n + 1]
        if (!q) return
        const [dx, dy] = [(q[0] - p[0]) * east, q[1] - p[1]]
        const square = dx * dx + dy * dy
        if (!square) return
        const t = Math.max(0, Math.min(1, ((at[0] - p[0]) * east * dx + (at[1] - p[1]) * dy) / square))
        const foot: LonLat = [p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t]
        const e = off(foot)
        if (e < edgeAt) [edge, edgeAt] = [foot, e]
      })
    }
  }
  return corner ?? edge
}

/** West, south, east, north of whatever is drawn; `undefined`: nothing is. */
export function boundsOf(numbers: unknown): [number, number, number, number] | undefined {
  let found: [number, number, number, number] | undefined
  const look = (it: unknown) => {
    if (!Array.isArray(it)) return
    if (typeof it[0] === 'number' && typeof it[1] === 'number') {
      const [x, y] = it as LonLat
      found = found ? [Math.min(found[0], x), Math.min(found[1], y), Math.max(found[2], x), Math.max(found[3], y)] : [x, y, x, y]
    } else it.forEach(look)
  }
  look(numbers)
  return found
}

/** Square metres as people read them. */
export function areaText(m2: number | null | undefined): string {
  if (m2 == null) return ''
  return m2 < 100_000 ? `${Math.round(m2).toLocaleString('en')} m²` : `${(m2 / 1e6).toFixed(2)} km²`
}

export const SYSTEMS: readonly Crs[] = ['wgs84', 'gcj02', 'bd09']
