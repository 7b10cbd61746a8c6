// The largest paint of each page, first visit: on the link of a phone (1.6 Mbit/s, 150 ms, a processor four times slower) for
// who has one, and on a desk's for the desk. Medians of five visits, each in a browser profile of its own.
import type { Browser, BrowserContextOptions } from '@playwright/test'
import { test } from '../e2e/kit'

const VISITS = 5
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }

async function largest(browser: Browser, at: string, options: BrowserContextOptions, slow: boolean): Promise<number> {
  const context = await browser.newContext({ ...options, locale: 'zh-CN' })
  const page = await context.newPage()
  const wire = await context.newCDPSession(page)
  if (slow) {
    await wire.send('Network.enable')
    await wire.send('Network.emulateNetworkConditions', { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 })
    await wire.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  }
  await page.goto(at, { waitUntil: 'networkidle' })
  const took = await page.evaluate(() => new Promise<number>(done => {
    new PerformanceObserver(list => done(list.getEntries().at(-1)?.startTime ?? NaN)).observe({ type: 'largest-contentful-paint', buffered: true })
  }))
  await context.close()
  return took
}

test('largest paint', async ({ browser, street }) => {
  const [kin] = await street.kin(0)
  if (!kin) throw new Error('nobody')
  for (const [name, slow, most] of [['family', true, 1_800], ['care', true, 2_500], ['elder', true, undefined], ['console', false, 1_500], ['admin', false, 2_000]] as const) {
    const found: number[] = []
    for (let visit = 0; visit < VISITS; visit++) {
      const at = name === 'family' ? await street.familyLink(kin) : `${street.base}/${name}`
      found.push(await largest(browser, at, slow ? PHONE : { viewport: { width: 1440, height: 900 } }, slow))
    }
    found.sort((a, b) => a - b)
    console.log(`${name}: ${Math.round(found[VISITS >> 1] ?? NaN)} ms (${found.map(Math.round).join(' ')})${most ? `, budget ${most}` : ''}`)
  }
})
