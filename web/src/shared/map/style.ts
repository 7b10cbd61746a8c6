// The map's own style: tiles of the service itself, no font, sprite or style of anybody else. Letters are drawn by the browser's own fonts.
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl'
import type { components } from '../api/schema'
import type { Crs } from './crs'
import { PALETTES } from './palette'

const EMPTY = { type: 'FeatureCollection' as const, features: [] }

/** Where the service's own tiles are; an address of this page's host. */
export const TILES = '/api/v1/tiles/{z}/{x}/{y}'
/** The same for a screen on the wall, which reads nothing but its own. */
export const WALL_TILES = '/api/v1/wall/tiles/{z}/{x}/{y}'

/** An approved base map in place of the service's tiles, drawn in a system of its own, with the number under which it was reviewed. */
export interface BaseMap { url: string, crs: Crs, credit: string, zoomMax: number }
export interface MapFacts { bounds: [number, number, number, number] | null, zoomMax: number, attribution: string, base: BaseMap | null }

export function factsOf(it: components['schemas']['MapDto']): MapFacts {
  const b = it.bounds
  return { bounds: b && b.length === 4 ? [b[0] as number, b[1] as number, b[2] as number, b[3] as number] : null, zoomMax: it.zoom_max, attribution: it.attribution, base: baseOf(it.base) }
}

function baseOf(it: components['schemas']['MapDto']['base']): BaseMap | null {
  return it ? { url: it.tiles_url, crs: it.crs as Crs, credit: [it.attribution, it.review_number].filter(Boolean).join(' '), zoomMax: it.zoom_max } : null
}

/** What lies under everything that is drawn: from below, with room between for what belongs under roads and under names. */
interface GroundLayers { sources: StyleSpecification['sources'], under: LayerSpecification[], roads: LayerSpecification[], names: LayerSpecification[] }

export function groundOf(dark: boolean, facts: MapFacts | null, tiles = TILES): GroundLayers {
  const c = PALETTES[dark ? 'dark' : 'light']
  if (facts?.base) {
    const { url, credit, zoomMax } = facts.base
    return {
      sources: { base: { type: 'raster', tiles: [url], tileSize: 256, maxzoom: zoomMax, attribution: credit } },
      under: [{ id: 'ground', type: 'background', paint: { 'background-color': c.ground } }, { id: 'base', type: 'raster', source: 'base', paint: { 'raster-fade-duration': 0, ...(dark ? { 'raster-brightness-max': 0.700, 'raster-saturation': -0.300 } : {}) } }],
      roads: [],
      names: [],
    }
  }
  const width = (at12: number, at17: number) => ['interpolate', ['exponential', 1.500], ['zoom'], 12, at12, 17, at17] as unknown as number
  const is = (...classes: string[]) => ['in', ['get', 'class'], ['literal', classes]] as unknown as ExpressionSpecification
  const round = { 'line-cap': 'round', 'line-join': 'round' } as const
  const lettering = { 'text-color': c.text, 'text-halo-color': c.halo, 'text-halo-width': 1.600 }
  const own: LayerSpecification[] = facts
    ? [
        { id: 'built', type: 'fill', source: 'chart', 'source-layer': 'ground', filter: is('built'), paint: { 'fill-color': c.built } },
        { id: 'green', type: 'fill', source: 'chart', 'source-layer': 'ground', filter: is('green'), paint: { 'fill-color': c.green } },
        { id: 'water-line', type: 'line', source: 'chart', 'source-layer': 'water', filter: is('line'), layout: round, paint: { 'line-color': c.water, 'line-width': width(1.500, 10) } },
        { id: 'water', type: 'fill', source: 'chart', 'source-layer': 'water', filter: is('area'), paint: { 'fill-color': c.water } },
        { id: 'building', type: 'fill', source: 'chart', 'source-layer': 'building', minzoom: 14, paint: { 'fill-color': c.building, 'fill-outline-color': c.buildingEdge } },
      ]
    : []
  const roads: LayerSpecification[] = facts
    ? [
        { id: 'path', type: 'line', source: 'chart', 'source-layer': 'road', minzoom: 13, filter: is('path'), paint: { 'line-color': c.path, 'line-width': width(0.600, 3.500) } },
        { id: 'rail', type: 'line', source: 'chart', 'source-layer': 'road', filter: is('rail'), paint: { 'line-color': c.minorEdge, 'line-width': width(1, 3), 'line-dasharray': [4, 2] } },
        { id: 'minor-edge', type: 'line', source: 'chart', 'source-layer': 'road', filter: is('minor'), layout: round, paint: { 'line-color': c.minorEdge, 'line-width': width(1.600, 16) } },
        { id: 'major-edge', type: 'line', source: 'chart', 'source-layer': 'road', filter: is('main', 'major'), layout: round, paint: { 'line-color': c.majorEdge, 'line-width': width(3, 24) } },
        { id: 'minor', type: 'line', source: 'chart', 'source-layer': 'road', filter: is('minor'), layout: round, paint: { 'line-color': c.minor, 'line-width': width(1, 13) } },
        { id: 'major', type: 'line', source: 'chart', 'source-layer': 'road', filter: is('main', 'major'), layout: round, paint: { 'line-color': ['match', ['get', 'class'], 'main', c.major, c.minor], 'line-width': width(2, 20) } },
      ]
    : []
  const names: LayerSpecification[] = facts
    ? [
        { id: 'water-name', type: 'symbol', source: 'chart', 'source-layer': 'water', filter: ['has', 'name'], layout: { 'text-field': ['get', 'name'], 'text-size': 12, 'symbol-placement': 'line', 'text-letter-spacing': 0.200, 'text-font': ['sans-serif'] }, paint: { ...lettering, 'text-color': c.waterText } },
        { id: 'road-name', type: 'symbol', source: 'chart', 'source-layer': 'road', minzoom: 13.500, filter: ['all', ['has', 'name'], is('main', 'major', 'minor')], layout: { 'text-field': ['get', 'name'], 'text-size': 11.500, 'symbol-placement': 'line', 'symbol-spacing': 320, 'text-font': ['sans-serif'] }, paint: { ...lettering, 'text-color': c.textSoft } },
        {
          id: 'place', type: 'symbol', source: 'chart', 'source-layer': 'place',
          layout: { 'text-field': ['get', 'name'], 'text-size': ['match', ['get', 'class'], 'city', 18, 'town', 16, 'village', 13.500, 12], 'text-font': ['sans-serif'], 'symbol-sort-key': ['match', ['get', 'class'], 'city', 0, 'town', 1, 'village', 2, 3], 'text-padding': 6 },
          paint: { ...lettering, 'text-color': ['match', ['get', 'class'], 'estate', c.textSoft, c.text] },
        },
      ]
    : []
  return {
    sources: facts ? { chart: { type: 'vector', tiles: [location.origin + tiles], minzoom: 4, maxzoom: facts.zoomMax, ...(facts.bounds ? { bounds: facts.bounds } : {}), attribution: facts.attribution } } : {},
    under: [{ id: 'ground', type: 'background', paint: { 'background-color': c.ground } }, ...own],
    roads,
    names,
  }
}

export function styleOf(dark: boolean, facts: MapFacts | null): StyleSpecification {
  const c = PALETTES[dark ? 'dark' : 'light']
  const ground = groundOf(dark, facts)
  return {
    version: 8,
    sources: {
      ...ground.sources,
      circle: { type: 'geojson', data: EMPTY },
      uncovered: { type: 'geojson', data: EMPTY },
      ways: { type: 'geojson', data: EMPTY },
      stations: { type: 'geojson', data: EMPTY },
      responders: { type: 'geojson', data: EMPTY, promoteId: 'id' },
      cases: { type: 'geojson', data: EMPTY, promoteId: 'id' },
    },
    layers: [
      ...ground.under,
      { id: 'circle-fill', type: 'fill', source: 'circle', paint: { 'fill-color': c.band, 'fill-opacity': ['match', ['get', 'minutes'], 5, 0.160, 10, 0.110, 0.090], 'fill-antialias': false } },
      ...ground.roads,
      { id: 'circle-line', type: 'line', source: 'circle', paint: { 'line-color': c.bandLine, 'line-width': ['match', ['get', 'minutes'], 15, 2.200, 1.200], 'line-opacity': ['match', ['get', 'minutes'], 15, 1, 0.700], 'line-dasharray': [3, 2] } },
      { id: 'uncovered', type: 'fill', source: 'uncovered', paint: { 'fill-pattern': 'hatch', 'fill-opacity': 0.850 } },
      ...ground.names,
      { id: 'ways', type: 'line', source: 'ways', paint: { 'line-color': c.text, 'line-width': 1.600, 'line-dasharray': [1.500, 2], 'line-opacity': 0.750 } },
      {
        id: 'stations', type: 'symbol', source: 'stations',
        layout: {
          'icon-image': ['concat', 'station-', ['get', 'kind']], 'icon-allow-overlap': true, 'icon-ignore-placement': true,
          'text-field': ['step', ['zoom'], '', 14.500, ['get', 'name']], 'text-size': 12, 'text-offset': [0, 1.100], 'text-anchor': 'top', 'text-optional': true, 'text-font': ['sans-serif'],
        },
        paint: { 'text-color': c.textSoft, 'text-halo-color': c.halo, 'text-halo-width': 1.800 },
      },
      {
        id: 'responders', type: 'symbol', source: 'responders',
        layout: { 'icon-image': ['get', 'icon'], 'icon-allow-overlap': true, 'icon-ignore-placement': true, 'symbol-sort-key': ['get', 'sort'] },
      },
      {
        id: 'responder-names', type: 'symbol', source: 'responders', filter: ['any', ['get', 'named'], ['>=', ['zoom'], 15.500]],
        layout: { 'text-field': ['get', 'name'], 'text-size': 12.500, 'text-offset': [0, -1.250], 'text-anchor': 'bottom', 'text-optional': true, 'text-font': ['sans-serif'] },
        paint: { 'text-color': c.text, 'text-halo-color': c.halo, 'text-halo-width': 1.800 },
      },
      { id: 'case-ring', type: 'circle', source: 'cases', filter: ['get', 'chosen'], paint: { 'circle-radius': 20, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-width': 3, 'circle-stroke-color': ['get', 'colour'] } },
      { id: 'cases', type: 'symbol', source: 'cases', layout: { 'icon-image': ['concat', 'case-', ['get', 'severity']], 'icon-allow-overlap': true, 'icon-ignore-placement': true, 'symbol-sort-key': ['get', 'sort'] } },
      {
        id: 'case-names', type: 'symbol', source: 'cases', filter: ['get', 'named'],
        layout: { 'text-field': ['get', 'label'], 'text-size': 13.500, 'text-offset': [0, 1.500], 'text-anchor': 'top', 'text-font': ['sans-serif'] },
        paint: { 'text-color': c.text, 'text-halo-color': c.halo, 'text-halo-width': 2 },
      },
    ],
  }
}
