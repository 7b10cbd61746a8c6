import { describe, expect, it } from 'vitest'
import { differences } from '../src/admin/audit'

describe('what a line of the log says was changed', () => {
  it('names the fields that differ, and no other', () => {
    expect(differences({ role: 'dispatcher', areas: ['1'], disabled: false }, { role: 'auditor', areas: ['1'], disabled: false }))
      .toEqual([{ field: 'role', before: 'dispatcher', after: 'auditor' }])
  })
  it('tells what is new without a before', () => {
    expect(differences(undefined, { username: 'li.na', areas: [] })).toEqual([{ field: 'username', after: 'li.na' }])
  })
  it('tells what was taken away', () => {
    expect(differences({ hours: '8-18', name: 'A' }, { name: 'A' })).toEqual([{ field: 'hours', before: '8-18', after: '–' }])
  })
  it('says that a sealed field was written, and not what', () => {
    expect(differences({ phones: '…' }, { phones: '…' })).toEqual([{ field: 'phones', before: '…', after: '…' }])
  })
  it('shows lists and things inside as text', () => {
    expect(differences([{ post: 'grid_head' }], [{ post: 'grid_worker' }])).toEqual([{ field: '', before: 'post grid_head', after: 'post grid_worker' }])
    expect(differences([], [])).toEqual([])
    expect(differences(null, null)).toEqual([])
  })
})
