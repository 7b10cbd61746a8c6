import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const css = readFileSync(join(import.meta.dirname, '../src/shared/theme/tokens.css'), 'utf8')
function tokens(selector: string): Map<string, string> {
  const start = css.indexOf(`${selector} {`)
  const block = css.slice(start, css.indexOf('}', start))
  return new Map([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map(it => [it[1] as string, it[2] as string]))
}
function light(hex: string): number {
  const [r, g, b] = [1, 3, 5].map(n => {
    const it = parseInt(hex.slice(n, n + 2), 16) / 255
    return it <= 0.03928 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
function ratio(a: string, b: string): number {
  const [x, y] = [light(a), light(b)]
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05)
}

describe('the offer, read in the sun', () => {
  const care = readFileSync(join(import.meta.dirname, '../src/care/care.css'), 'utf8')
  it.each(['critical', 'urgent', 'routine', 'technical'])('white on %s is 7:1 and more', severity => {
    expect(ratio('#ffffff', new RegExp(`--offer-${severity}: (#[0-9a-f]{6})`).exec(care)?.[1] ?? '#ffffff')).toBeGreaterThanOrEqual(7)
  })
})

/** WCAG 2.2 AA: 4.5 for text, 3 for what is drawn. */
describe.each([[':root', 'light'], ['html.dark', 'dark']])('the colours of %s', selector => {
  const it_ = tokens(selector)
  const of = (name: string) => it_.get(name) ?? ''
  it('text stands out from every ground', () => {
    for (const text of ['text', 'text-2', 'text-3']) for (const ground of ['panel', 'panel-2', 'panel-3', 'ground']) expect(ratio(of(text), of(ground)), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5)
  })
  it('so do severities and states, on panels and on their own soft grounds', () => {
    for (const name of ['critical', 'urgent', 'routine', 'technical', 'good', 'practice']) {
      for (const ground of ['panel', 'panel-2', `${name}-soft`]) expect(ratio(of(name), of(ground)), `${name} on ${ground}`).toBeGreaterThanOrEqual(4.5)
    }
    for (const ground of ['panel', 'panel-2', 'brand-soft']) expect(ratio(of('brand'), of(ground)), `brand on ${ground}`).toBeGreaterThanOrEqual(4.5)
    expect(ratio(of('on-brand'), of('brand'))).toBeGreaterThanOrEqual(4.5)
  })
  it('what is drawn stands out from what it is drawn on', () => {
    for (const name of ['critical-mark', 'urgent-mark', 'routine-mark', 'technical-mark', 'line-strong']) expect(ratio(of(name), of('panel')), name).toBeGreaterThanOrEqual(3)
  })
})
