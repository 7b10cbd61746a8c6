import { describe, expect, it } from 'vitest'
import { type Device, emptyDraft, finds, sent, standing } from '@/admin/devices'

const device = (more: Partial<Device> = {}): Device => ({ id: 'dev_1', code: 'A-17', kind: 'watch', voice_path: false, in_service: true, presence: 'here', battery_low: false, elder_id: 'elder_1', elder_name: '王秀兰', ...more })

describe('a device of the office', () => {
  it('stands as the gravest word of it says, and a silence of one that is nobody’s alarms nobody', () => {
    const table: [Partial<Device>, string, boolean][] = [
      [{}, 'here', false], [{ presence: 'late' }, 'late', true], [{ presence: 'silent' }, 'silent', true], [{ presence: 'silent', test_until: '2026-11-27T02:00:00Z' }, 'test', false],
      [{ presence: 'silent', elder_id: undefined }, 'unbound', false], [{ elder_id: undefined, household_id: 'hh_1' }, 'here', false], [{ in_service: false, presence: 'silent' }, 'out_of_service', false],
      [{ presence: 'of_tomorrow' }, 'not_awaited', false],
    ]
    for (const [more, word, bad] of table) expect(standing(device(more)), JSON.stringify(more)).toEqual({ word, bad })
  })
  it('is found by its number, its line, whose it is and where it hangs', () => {
    const it = device({ number: '4901542032', place: '卧室' })
    expect(['', 'a-17', '490154', '秀兰', ' 卧室 ', '李'].map(text => finds(it, text))).toEqual([true, true, true, true, true, false])
  })
  it('sends what is filled in, and a number only with its line', () => {
    expect(sent({ ...emptyDraft(), label: ' 490154203237518 ', kind: 'watch', number: '1', crs: 'wgs84' })).toEqual({ label: '490154203237518', kind: 'watch', protocol: undefined, number: undefined, crs: undefined, place: undefined, voice_path: false })
    expect(sent({ ...emptyDraft(), label: 'x', protocol: 'watch', number: '1', crs: 'gcj02' })).toMatchObject({ protocol: 'watch', number: '1', crs: 'gcj02' })
  })
})
