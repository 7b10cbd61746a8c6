// The map's own style: no tile, font, sprite or style of anybody else. Letters are drawn by the browser's own fonts.
import type { StyleSpecification } from 'maplibre-gl'
import { PALETTES } from './palette'

const EMPTY = { type: 'FeatureCollection' as const, features: [] }

export function styleOf(dark: boolean): StyleSpecification {
  const c = PALETTES[dark ? 'dark' : 'light']
  const width = (at12: number, at17: number) => ['interpolate', ['exponential', 1.500], ['zoom'], 12, at12, 17, at17] as unknown as number
  return {
    version: 8,
    sources: {
      roads: { type: 'geojson', data: EMPTY },
      circle: { type: 'geojson', data: EMPTY },
      ways: { type: 'geojson', data: EMPTY },
      responders: { type: 'geojson', data: EMPTY, promoteId: 'id' },
      cases: { type: 'geojson', data: EMPTY, promoteId: 'id' },
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': c.ground } },
      { id: 'water', type: 'line', source: 'roads', filter: ['==', ['get', 'class'], 'water'], layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': c.water, 'line-width': width(5, 70) } },
      { id: 'circle-fill', type: 'fill', source: 'circle', paint: { 'fill-color': c.band, 'fill-opacity': ['match', ['get', 'minutes'], 5, 0.160, 10, 0.100, 0.080], 'fill-antialias': false } },
      { id: 'paths', type: 'line', source: 'roads', minzoom: 13.500, filter: ['==', ['get', 'class'], 'paths'], paint: { 'line-color': c.path, 'line-width': width(0.600, 4) } },
      { id: 'minor-edge', type: 'line', source: 'roads', filter: ['==', ['get', 'class'], 'minor'], layout: { 'line-cap': 'round' }, paint: { 'line-color': c.minorEdge, 'line-width': width(1.600, 17) } },
      { id: 'major-edge', type: 'line', source: 'roads', filter: ['==', ['get', 'class'], 'major'], layout: { 'line-cap': 'round' }, paint: { 'line-color': c.majorEdge, 'line-width': width(3, 26) } },
      { id: 'minor', type: 'line', source: 'roads', filter: ['==', ['get', 'class'], 'minor'], layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': c.minor, 'line-width': width(1, 14) } },
      { id: 'major', type: 'line', source: 'roads', filter: ['==', ['get', 'class'], 'major'], layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': c.major, 'line-width': width(2, 22) } },
      { id: 'circle-line', type: 'line', source: 'circle', paint: { 'line-color': c.bandLine, 'line-width': ['match', ['get', 'minutes'], 15, 2.200, 1.200], 'line-opacity': ['match', ['get', 'minutes'], 15, 1, 0.700], 'line-dasharray': [3, 2] } },
      { id: 'ways', type: 'line', source: 'ways', paint: { 'line-color': c.text, 'line-width': 1.600, 'line-dasharray': [1.500, 2], 'line-opacity': 0.750 } },
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
