import { describe, expect, it } from 'vitest'
import { minutesOf, monthAfter, monthName } from '@/care/month'
import { BYTES_MAX, EDGE_MAX_PX, fit, smallEnough } from '@/care/shrink'

describe('a photo before it leaves the phone', () => {
  it('has at most 1600 pixels an edge, keeps its shape, and is never enlarged', () => {
    expect(fit(4_000, 3_000, EDGE_MAX_PX)).toEqual([1_600, 1_200])
    expect(fit(3_000, 4_000, EDGE_MAX_PX)).toEqual([1_200, 1_600])
    expect(fit(640, 480, EDGE_MAX_PX)).toEqual([640, 480])
    expect(fit(20_000, 1, EDGE_MAX_PX)).toEqual([1_600, 1])
  })

  /** A camera's picture packs to a size that grows with pixels and quality. */
  const packs = (bytesPerPixel: number, tried: string[] = []) => async (width: number, height: number, quality: number) => {
    tried.push(`${width}×${height} ${quality}`)
    return new Blob([new Uint8Array(Math.round(width * height * quality * bytesPerPixel))], { type: 'image/jpeg' })
  }
  it('loses quality before pixels, and no more than it must', async () => {
    const tried: string[] = []
    const it = await smallEnough(4_000, 3_000, packs(0.3, tried))
    expect(it.size).toBeLessThanOrEqual(BYTES_MAX)
    expect(tried).toEqual(['1600×1200 0.82', '1600×1200 0.68'])
    const harder: string[] = []
    const small = await smallEnough(4_000, 3_000, packs(0.9, harder))
    expect(small.size).toBeLessThanOrEqual(BYTES_MAX)
    expect(harder.at(-1)).toMatch(/^1024×768/)
  })
  it('is refused when it stays too large, or the phone packs something else', async () => {
    await expect(smallEnough(4_000, 3_000, packs(9))).rejects.toThrow()
    await expect(smallEnough(10, 10, async () => null)).rejects.toThrow()
    await expect(smallEnough(10, 10, async () => new Blob(['x'], { type: 'image/png' }))).rejects.toThrow()
  })
})

describe('months of the own record', () => {
  it('follow each other over the turn of a year', () => {
    expect([monthAfter('2026-12', 1), monthAfter('2026-01', -1), monthAfter('2026-03', 0), monthAfter('2026-03', -15)]).toEqual(['2027-01', '2025-12', '2026-03', '2024-12'])
  })
  it('are named in the reader\u2019s language, whatever zone the phone is in', () => {
    expect(monthName('2026-03', 'en')).toBe('March 2026')
    expect(monthName('2026-03', 'zh-CN')).toBe('2026\u5e743\u6708')
  })
  it('count whole minutes, one at least', () => {
    expect([minutesOf(0), minutesOf(29), minutesOf(91), minutesOf(600)]).toEqual([1, 1, 2, 10])
  })
})
