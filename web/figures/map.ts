// How long a district's map takes, from the first request of the page to the first picture with all of its tiles: `npm run figures -- map`. On
// roads of OpenStreetMap where DISTRICT_ROADS names a road file (`import roads extract.osm.pbf --out roads.ecd`), else on the demo's.
import { signIn, test } from '../e2e/kit'
import { Street } from '../e2e/street'

test.use({ testIdAttribute: 'data-test', map: true })
const VISITS = 5
/** So long after the last tile none is to come. */
const STILL_MS = 1_500

test('the map of a district', async ({ browser }) => {
  const roads = process.env.DISTRICT_ROADS
  const street = new Street()
  await street.start()
  if (roads) {
    await street.kill('SIGTERM')
    await street.start({ ECD_ROADS__FILE: roads })
  }
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
    const page = await context.newPage()
    // Tiles are fetched by the map's worker, whose requests the page's own list does not have.
    let [tiles, bytes, last] = [0, 0, 0]
    page.on('requestfinished', async it => {
      if (!/\/tiles\//.test(it.url())) return
      tiles += 1
      const { startTime, responseEnd } = it.timing()
      last = Math.max(last, startTime + responseEnd)
      bytes += (await it.sizes().catch(() => undefined))?.responseBodySize ?? 0
    })
    await page.addInitScript(() => {
      const idle: number[] = []
      Object.assign(window, { idle })
      new MutationObserver(() => {
        if (document.querySelector('[data-test=map]')?.getAttribute('data-idle') === 'true') idle.push(Date.now())
      }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-idle'] })
    })
    await signIn(page, street)
    const wire = await context.newCDPSession(page)
    const found: { drawn: number, last: number }[] = []
    for (let n = 0; n < VISITS; n++) {
      // As a desk that is signed in opens the page: nothing of it is kept from the visit before.
      await wire.send('Network.clearBrowserCache')
      ;[tiles, bytes, last] = [0, 0, 0]
      await page.goto(`${street.base}/console`, { waitUntil: 'commit' })
      for (;;) {
        const [begun, drawn] = await page.evaluate(at => [performance.timeOrigin, (window as unknown as { idle: number[] }).idle.find(it => it >= at)] as const, last)
        if (tiles && drawn && Date.now() - last > STILL_MS) {
          found.push({ drawn: drawn - begun, last: last - begun })
          break
        }
        await new Promise(done => setTimeout(done, 100))
      }
    }
    const row = (what: string, all: number[], most: string) => {
      const sorted = [...all].sort((a, b) => a - b).map(Math.round)
      console.log(`| map | ${what} | ${sorted[Math.floor(sorted.length / 2)]} ms | ${sorted[0]} to ${sorted.at(-1)}, ${sorted.length} | ${most} |`)
    }
    row('navigation to the last tile here', found.map(it => it.last), '')
    row('navigation to all tiles drawn', found.map(it => it.drawn), '≤ 1000')
    console.log(`tiles ${tiles}, bytes ${bytes}`)
    await context.close()
  } finally {
    await street.end()
  }
})
