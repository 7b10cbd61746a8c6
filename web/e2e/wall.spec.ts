// The board on the wall, on a real street: opened by a link, read from five metres, honest when it is cut off, light for a whole day.
import { AxeBuilder } from './axe'
import type { Page } from '@playwright/test'
import type { Board } from '../src/wall/ask'
import { expect, shot, test } from './kit'
import { drawn, hang } from './wall-kit'

test.use({ testIdAttribute: 'data-test', viewport: { width: 1920, height: 1080 }, map: true })

test('C15: the link is gone from the address, the figures follow, and a new start of the service is survived', async ({ page, street, wrongs: _ }) => {
  await street.clear()
  const told: Promise<string>[] = []
  page.on('response', it => { if (it.url().includes('/api/v1/wall/')) told.push(it.text().catch(() => '')) })
  await hang(page, street)
  expect(page.url()).toBe(`${street.base}/wall`)
  // As many as the service has: what earlier tests did may open a case by itself, a welfare review or a follow-up.
  const open = async () => (await street.get<{ items: { state: string }[] }>('/api/v1/cases?open=true&limit=500', 'leader')).items.filter(it => !['resolved', 'closed'].includes(it.state)).length
  const agrees = () => expect.poll(async () => await page.getByTestId('open').getAttribute('data-open') === String(await open()), { timeout: 30_000 }).toBe(true)
  await agrees()
  await street.ring('sos')
  await expect(page.getByTestId('open')).not.toHaveAttribute('data-open', '0')
  await agrees()
  // Nothing is made up: a share only once a device has been heard in this street, as it may have been by an earlier test.
  await expect(page.getByTestId('online')).toHaveText(/^(未知|\d+%)$/)
  await expect(page.getByTestId('map')).toHaveAttribute('data-ready', 'true', { timeout: 60_000 })
  const all = (await Promise.all(told)).join('\n')
  const names = street.register()
  expect(names.length).toBeGreaterThan(500)
  expect(names.filter(it => all.includes(it)), 'on the wall').toEqual([])
  await street.kill()
  await expect(page.getByTestId('old')).toBeVisible({ timeout: 30_000 })
  await street.start()
  await expect(page.getByTestId('wall')).toHaveAttribute('data-state', 'live', { timeout: 60_000 })
  await expect(page.getByTestId('old')).toBeHidden()
})

test('C15: everything is at least 28 px high at 1080 lines, and axe finds nothing serious in both themes', async ({ page, street, wrongs: _ }) => {
  await street.ring('fall')
  for (const theme of ['dark', 'light']) {
    await hang(page, street, 'zh-CN', theme)
    await expect(page.getByTestId('map')).toHaveAttribute('data-ready', 'true', { timeout: 60_000 })
    const small = await page.evaluate(() => {
      const found: string[] = []
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
      for (let it = walk.nextNode(); it; it = walk.nextNode()) {
        const around = it.parentElement
        if (!it.textContent?.trim() || !around || around.closest('.unseen, script, noscript, .maplibregl-ctrl-attrib')) continue
        if (Number.parseFloat(getComputedStyle(around).fontSize) < 27.900) found.push(`${it.textContent} ${getComputedStyle(around).fontSize}`)
      }
      return found
    })
    expect(small).toEqual([])
    expect(await new AxeBuilder(page).serious()).toEqual([])
  }
})

/** Figures of as many places as they come to in a street with much to do. */
async function busy(page: Page) {
  await page.route('**/api/v1/wall/board', async route => {
    try {
      const answer = await route.fetch()
      if (!answer.ok()) return await route.fulfill({ response: answer })
      const board = await answer.json() as Board
      const tiers = board.tiers.map((it, at) => ({ ...it, critical: [4, 3, 6][at] ?? 0, urgent: [12, 20, 61][at] ?? 0, routine: [0, 0, 110][at] ?? 0, technical: [0, 104, 1][at] ?? 0 }))
      const json: Board = {
        ...board, tiers, open: 321, waiting: 28, late: 16, calls_24h: 118,
        communities: Array.from({ length: 12 }, (_, n) => ({ area_code: `1201140010${n}`, area_name: n % 3 ? '福宁家园第二社区' : '安康新村社区', open: 44 - n, critical: n < 5 ? 10 : 0 })),
        hours: board.hours.map((it, at) => ({ ...it, critical: at % 5, urgent: (at * 7) % 11, other: (at * 3) % 13 })),
        in_time: { ...board.in_time, cases: 118, in_time: 118 },
        to_accept: { cases: 118, p50_s: 42, p90_s: 754 },
        to_arrive: { cases: 118, p50_s: 611, p90_s: 3_899 },
        people: { on_duty: 291, busy: 112 },
        coverage: { ...board.coverage, bare: board.areas.flatMap(it => [it, it, it]) },
        devices: { in_service: 5_170, heard_24h: 1_024, faults: 118, awaited: 4_870, online_percent: 100 },
      }
      await route.fulfill({ response: answer, json })
    } catch {
      // The page has gone to another address while the service was asked: nobody waits for this answer any more.
      await route.abort().catch(() => {})
    }
  })
}

/** Texts that are not whole: cut off by their own box or by one around them, or under another text. */
const notWhole = (page: Page) => page.evaluate(() => {
  const found: string[] = []
  const all: { text: string, left: number, right: number, top: number, bottom: number }[] = []
  const range = document.createRange()
  const walk = document.createTreeWalker(document.querySelector('[data-test=wall]') ?? document.body, NodeFilter.SHOW_TEXT)
  for (let it = walk.nextNode(); it; it = walk.nextNode()) {
    const own = it.parentElement
    const text = it.textContent?.trim()
    if (!own || !text || own.closest('.unseen')) continue
    if (own.clientWidth && own.scrollWidth > own.clientWidth) found.push(`${text}: wider than its box`)
    range.selectNodeContents(it)
    for (const box of range.getClientRects()) {
      // Letters are lower than the line that is kept for them.
      const ink = { text, left: box.left, right: box.right, top: box.top + box.height * 0.2, bottom: box.bottom - box.height * 0.2 }
      for (let around: Element | null = own; around; around = around.parentElement) {
        if (around !== document.documentElement && getComputedStyle(around).overflow === 'visible') continue
        const edge = around === document.documentElement ? new DOMRect(0, 0, innerWidth, innerHeight) : around.getBoundingClientRect()
        if (ink.left < edge.left - 1 || ink.right > edge.right + 1 || ink.top < edge.top - 1 || ink.bottom > edge.bottom + 1) found.push(`${text}: cut off by ${around.className || around.tagName}`)
      }
      for (const other of all) if (Math.min(ink.right, other.right) - Math.max(ink.left, other.left) > 1 && Math.min(ink.bottom, other.bottom) - Math.max(ink.top, other.top) > 1) found.push(`${text}: over ${other.text}`)
      all.push(ink)
    }
  }
  return found
})

for (const language of ['zh-CN', 'en'] as const) {
  test(`C15: figures stand apart, no text is cut off or under another, every square of the map is whole; ${language}`, async ({ page, street, wrongs: _ }) => {
    await street.clear()
    await street.ring('sos')
    await busy(page)
    await hang(page, street, language, 'light')
    for (const [width, height] of [[1920, 1080], [3840, 1080], [3840, 2160]] as const) {
      const where = `${width} × ${height}`
      await page.setViewportSize({ width, height })
      await expect(page.getByTestId('map')).toHaveAttribute('data-ready', 'true', { timeout: 60_000 })
      await expect(page.getByTestId('open')).toHaveAttribute('data-open', '321')
      await expect.poll(() => notWhole(page), where).toEqual([])
      const gaps = await page.locator('.panel tbody tr').evaluateAll(rows => rows.flatMap(row => {
        const range = document.createRange()
        const boxes = [...row.querySelectorAll('td')].map(cell => { range.selectNodeContents(cell); return range.getBoundingClientRect() })
        const digit = Number.parseFloat(getComputedStyle(row.querySelector('td') as Element).fontSize) * 0.6
        return boxes.slice(1).map((box, at) => (box.left - (boxes[at]?.right ?? 0)) / digit)
      }))
      expect(Math.min(...gaps), where).toBeGreaterThan(0.8)
      const over = await page.locator('section.open').evaluate(it => it.scrollWidth - it.clientWidth)
      expect(over, where).toBeLessThanOrEqual(0)
      await drawn(page)
      await expect(page.getByTestId('map')).toHaveAttribute('data-whole', 'true')
      await shot(page, `wall-figures-${width}-${height}-${language}`)
    }
  })
}

test('C15: hours of figures leave no heap behind, and the picture has moved', async ({ page, street, wrongs: _ }) => {
  test.setTimeout(240_000)
  // Eight hundred pictures are drawn: small ones, for what is counted is what they leave behind.
  await page.setViewportSize({ width: 960, height: 540 })
  await page.clock.install()
  await page.addInitScript(() => {
    // The service's answers without the service: hours are turned in seconds, and each answer differs from the one before.
    const real = window.fetch.bind(window)
    let kept: Record<string, unknown> | undefined
    let n = 0
    window.fetch = async (input, init) => {
      if (!String(input).endsWith('/wall/board')) return real(input, init)
      kept ??= await (await real(input, init)).json() as Record<string, unknown>
      n += 1
      const hours = (kept.hours as object[]).map((it, at) => ({ ...it, critical: (n + at) % 7 }))
      return new Response(JSON.stringify({ ...kept, as_of: new Date().toISOString(), open: n, hours }), { headers: { 'content-type': 'application/json' } })
    }
  })
  await hang(page, street)
  const session = await page.context().newCDPSession(page)
  const heap = async () => {
    await session.send('HeapProfiler.collectGarbage')
    return (await session.send('Runtime.getHeapUsage')).usedSize
  }
  const place = () => page.getByTestId('wall').evaluate(it => (it as HTMLElement).style.transform)
  await page.clock.runFor('15:00')
  const [before, where, open] = [await heap(), await place(), Number(await page.getByTestId('open').getAttribute('data-open'))]
  await page.clock.runFor('45:00')
  const after = await heap()
  expect(Number(await page.getByTestId('open').getAttribute('data-open'))).toBeGreaterThan(open + 700)
  expect(after / before, `${before} → ${after}`).toBeLessThan(1.2)
  expect(await place()).not.toBe(where)
})
