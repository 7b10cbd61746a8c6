import { describe, expect, it } from 'vitest'
import { areaText, boundsOf, differing, nextGrid, type Outline, readFile, type Rings, snap, treeOf } from '@/admin/areas'
import type { LonLat } from '@/shared/map/crs'

const ring = (w: number, s: number, e: number, n: number): Rings => [[[w, s], [e, s], [e, n], [w, n], [w, s]]]
const outline = (code: string, rings = ring(0, 0, 1, 1), name = ''): Outline => ({ code, name, alias: '', rings })
const area = (code: string, name: string) => ({ code, name, level: '', own: true, valid_from: '2020-01-01' })

describe('the tree of a street', () => {
  it('has what is on file and what is drawn, parents first, and of no other street', () => {
    const tree = treeOf([area('120114', '区'), area('120114001', '街'), area('120114001001', '社'), area('120114001001002', '二'), area('120114002', '邻')], [outline('120114001001001', undefined, '一'), outline('120114001001002')], '120114001')
    expect(tree.map(it => [it.code.slice(6), it.name, it.depth, it.drawn, it.isNew])).toEqual([
      ['001', '街', 0, false, false], ['001001', '社', 1, false, false], ['001001001', '一', 2, true, true], ['001001002', '二', 2, true, false],
    ])
  })
  it('gives the first number that nobody bears', () => {
    expect(nextGrid('120114001001', ['120114001001001', '120114001001003', '120114001002002'])).toBe('120114001001002')
    expect(nextGrid('1', Array.from({ length: 999 }, (_, n) => `1${String(n + 1).padStart(3, '0')}`))).toBeUndefined()
  })
})

describe('a draft', () => {
  it('names what differs', () => {
    const a = [outline('1'), outline('2'), outline('3')]
    expect(differing(a, a)).toEqual([])
    expect(differing(a, [outline('1'), outline('2', ring(0, 0, 2, 1)), outline('4')])).toEqual(['2', '3', '4'])
    expect(differing(a, [{ ...outline('1'), alias: 'x' }, outline('2'), outline('3', undefined, 'n')])).toEqual(['1', '3'])
  })
  it('finds the corner that is near before the edge', () => {
    const all = [outline('1', ring(117, 39, 117.01, 39.01))]
    const at = (x: number, y: number, but = '') => snap([x, y], all, 0.0002, but)
    expect(at(117.0101, 39.0101)).toEqual([117.01, 39.01])
    expect(at(117.0101, 39.005)?.map(it => it.toFixed(5))).toEqual(['117.01000', '39.00500'])
    expect(at(117.02, 39.02)).toBeUndefined()
    expect(at(117.0101, 39.0101, '1')).toBeUndefined()
  })
})

describe('a file', () => {
  const feature = (code: unknown, geometry: unknown) => ({ type: 'Feature', properties: { code }, geometry })
  const text = (...features: unknown[]) => JSON.stringify({ type: 'FeatureCollection', features })
  const turn = (at: LonLat): LonLat => [at[0] + 1, at[1]]
  it('gives its polygons with a code, turned, and counts what it passes over', () => {
    const square = { type: 'Polygon', coordinates: ring(0, 0, 1, 1) }
    const found = readFile(text(feature(120114001001001, square), feature('120114001001002', { type: 'MultiPolygon', coordinates: [ring(0, 0, 1, 1)] }), feature('x', square), feature('120114001', { type: 'Point', coordinates: [1, 1] })), turn)
    expect([found.outlines.map(it => it.code), found.passed]).toEqual([['120114001001001', '120114001001002'], 2])
    expect(found.outlines[0]?.rings[0]?.[0]).toEqual([1, 0])
  })
  it('is refused when it is none', () => {
    expect(() => readFile('x', turn)).toThrow()
    expect(() => readFile('{"type":"Feature"}', turn)).toThrow()
  })
})

it('finds what lies around all that is drawn', () => {
  expect(boundsOf([ring(1, 2, 3, 4), ring(0, 3, 2, 9)])).toEqual([0, 2, 3, 9])
  expect(boundsOf([])).toBeUndefined()
  expect([areaText(950.4), areaText(250_000), areaText(null)]).toEqual(['950 m²', '0.25 km²', ''])
})
