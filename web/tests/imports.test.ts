// What the importer says of a cell is said in the reader's language.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Look, mapping, sentence, template } from '@/admin/imports'
import words from '@/admin/i18n/office/zh-CN.json'

const rust = join(import.meta.dirname, '../../src')
const read = (file: string) => readFileSync(join(rust, file), 'utf8').split('#[cfg(test)]\nmod tests {')[0] ?? ''
const importer = readdirSync(join(rust, 'people/import')).filter(it => it.endsWith('.rs') && it !== 'tests.rs').map(it => read(`people/import/${it}`)).join('\n') + read('dispatch/sheets/reach.rs')

describe('a sentence of the importer', () => {
  it('has a word of its own, each that it can say of a cell', () => {
    const said = [
      ...importer.matchAll(/\b(?:wrong|warn)\(\s*[\w."]+,\s*"([^"]+)"/g),
      ...importer.matchAll(/\bErr\("([^"]+)"\.to_owned\(\)\)/g),
      ...importer.matchAll(/const \w+: &str = "([^"]+ [^"]+)"/g),
    ].map(it => it[1] ?? '')
    expect(said.length).toBeGreaterThan(25)
    expect(said.filter(it => !sentence(it))).toEqual([])
  })
  it('keeps what stands in it', () => {
    expect(sentence('is on line 12 already')).toEqual({ key: 'again', values: { n: '12' } })
    expect(sentence('the area 120114001009 is not on file: import the areas first')).toEqual({ key: 'noArea', values: { what: '120114001009' } })
    expect(sentence('perhaps the same person as E-7: same name, same address')).toEqual({ key: 'twin', values: { what: 'E-7' } })
    expect(sentence('`x` is not a known need; known are high_risk, general')).toEqual({ key: 'word', values: { what: 'x', known: 'high_risk, general' } })
    expect(sentence('the home lies 3.2 km from the middle of the homes of 120114001')).toEqual({ key: 'farStreet', values: { n: '3.2 km', what: '120114001' } })
    expect(sentence('something of tomorrow')).toBeNull()
  })
  it('leads to words that are there', () => {
    const source = readFileSync(join(import.meta.dirname, '../src/admin/imports.ts'), 'utf8')
    const keys = [...source.matchAll(/\/, '(\w+)'/g)].map(it => it[1] ?? '')
    expect(keys.length).toBeGreaterThan(50)
    expect(keys.filter(it => !(it in words.office.imp.say))).toEqual([])
  })
})

describe('the columns of a file', () => {
  const look = { columns: [{ letters: 'A', header: 'No' }, { letters: 'B', header: 'Who', column: 'name' }, { letters: 'C', header: '' }] } as Look
  it('are sent where somebody has chosen, and none that has no header', () => {
    expect(mapping(look, { No: 'elder_code', Who: '', '': 'x' })).toEqual({ No: 'elder_code', Who: null })
    expect(mapping(look, {})).toEqual({})
  })
  it('make a template in either language', () => {
    const sheet = { sheet: 'chains', zh: '-', columns: [{ name: 'grid_code', zh: 'Z', required: true, sealed: false }, { name: 'grid_worker', zh: 'W', required: false, sealed: false }] }
    expect(template(sheet, false)).toBe('\ufeffgrid_code,grid_worker\r\n')
    expect(template(sheet, true)).toBe('\ufeffZ,W\r\n')
  })
})
