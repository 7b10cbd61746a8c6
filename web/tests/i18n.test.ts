import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Messages } from '@/shared/i18n'

const src = join(import.meta.dirname, '../src')
const read = (file: string): Messages => JSON.parse(readFileSync(join(src, file), 'utf8'))
const folders = (readdirSync(src, { recursive: true }) as string[]).filter(it => it.endsWith('zh-CN.json')).map(it => it.replace('zh-CN.json', ''))

function leaves(it: Messages, before = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(it)) {
    if (typeof value === 'string') found.set(before + key, value)
    else for (const [k, v] of leaves(value, `${before}${key}.`)) found.set(k, v)
  }
  return found
}
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(it => it[1]).sort()

describe.each(folders)('the words of %s', folder => {
  const zh = leaves(read(`${folder}zh-CN.json`))
  const en = leaves(read(`${folder}en.json`))
  it('stand in both languages, and none is empty', () => {
    expect([...zh.keys()].sort()).toEqual([...en.keys()].sort())
    for (const [key, value] of [...zh, ...en]) expect(value.trim(), key).not.toBe('')
  })
  it('take the same values in both', () => {
    for (const [key, value] of zh) expect(holes(en.get(key) ?? ''), key).toEqual(holes(value))
  })
  it('are of their language', () => {
    for (const [key, value] of en) expect(/[\u4e00-\u9fff]/.test(value), `${key}: ${value}`).toBe(false)
  })
})

describe('the English words', () => {
  const words = (folder: string) => leaves(read(`${folder}/en.json`))
  it('let whoever is coming set out: who "has left" has gone away', () => {
    const keys: [string, string][] = [['family/i18n', 'line.left'], ['care/i18n', 'act.depart'], ['care/i18n', 'way.departWith'], ['care/i18n', 'way.departAndGo'], ['care/i18n', 'way.departs'], ['care/i18n/later', 'steps.en_route'], ['care/i18n/later', 'step.depart'], ['care/i18n/later', 'sent.leave'], ['care/i18n/later', 'sent.late'], ['care/i18n/later', 'clock.departure'], ['care/i18n/later', 'part.replacedText']]
    for (const [folder, key] of keys) expect(words(folder).get(key), key).toMatch(/^(?!.*\b(left|leave)\b).*\b(set out|way)\b/i)
  })
  it('name a month and say what a key does', () => {
    expect(words('family/i18n').get('history.title')).toBe('{month} {year}')
    expect([1, 11, 12].map(it => words('family/i18n').get(`history.months.${it}`))).toEqual(['January', 'November', 'December'])
    expect(words('elder/i18n').get('call.centre')).toBe('Call the centre')
  })
})

describe('the words of the service', () => {
  it('name every kind of case that there is, on the desk', () => {
    const rust = readFileSync(join(src, '../../src/case/words.rs'), 'utf8')
    const kinds = [.../\bKind \([^{]*\{([^}]*)\}/.exec(rust)?.[1]?.matchAll(/= "(\w+)"/g) ?? []].map(it => it[1])
    expect(kinds).toContain('sos')
    for (const folder of ['shared/i18n/', 'console/i18n/']) expect(folders).toContain(folder)
    const known = new Set([...leaves(read('shared/i18n/en.json')).keys(), ...leaves(read('console/i18n/en.json')).keys()])
    expect(kinds.filter(it => !known.has(`words.kind.${it}`) && !known.has(`deskWords.kind.${it}`))).toEqual([])
  })
})

describe('the sources', () => {
  const files = (readdirSync(src, { recursive: true }) as string[]).filter(it => /\.(vue|ts)$/.test(it))
  const known = new Set(folders.flatMap(it => [...leaves(read(`${it}zh-CN.json`)).keys()]))
  it('name only words that there are', () => {
    const missing: string[] = []
    for (const file of files) {
      const text = readFileSync(join(src, file), 'utf8')
      for (const [, key] of text.matchAll(/\bt\('([\w.]+)'/g)) if (key && !known.has(key)) missing.push(`${file}: ${key}`)
    }
    expect(missing).toEqual([])
  })
  it('say nothing to people that is not among the words', () => {
    const spoken: string[] = []
    for (const file of files) {
      if (file.endsWith('i18n/index.ts')) continue // the languages' own names
      if (/[\u4e00-\u9fff]/.test(readFileSync(join(src, file), 'utf8'))) spoken.push(file)
    }
    expect(spoken).toEqual([])
  })
})
