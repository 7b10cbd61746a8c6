import { describe, expect, it } from 'vitest'
import { figures, way } from '../src/console/signals'

describe('what a device has said', () => {
  it('is shown with its units, and what is not known by name as it came', () => {
    const reading = { protocol: 'watch', terminal: '8800000015', said: 'fall', battery_percent: 41, pulse: 88.26, pressure_mmhg: [142, 90], temperature_c: null, odd: 'x', list: [1, 2] }
    expect(figures(reading)).toEqual([
      { name: 'terminal', value: '8800000015' }, { name: 'battery_percent', value: '41 %' }, { name: 'pulse', value: '88.3/min' }, { name: 'pressure_mmhg', value: '142/90 mmHg' },
      { name: 'odd', value: 'x' }, { name: 'list', value: '[1,2]' },
    ])
    expect(way(reading)).toBe('watch')
  })
  it('names what stands within another by both', () => {
    expect(figures({ rule: { name: 'no_activity', hours: 12 }, last: { place: '卧室', reading: { open: true } } })).toEqual([
      { name: 'rule.name', value: 'no_activity' }, { name: 'rule.hours', value: '12 h' }, { name: 'last.place', value: '卧室' }, { name: 'last.reading.open', value: 'true' },
    ])
  })
  it('is nothing where nothing was said', () => {
    for (const it of [null, undefined, 'text', [], {}]) expect(figures(it)).toEqual([])
    expect(way(null)).toBe('')
    expect(way({ push: 'onenet', link: 'town' })).toBe('onenet · town')
  })
})
