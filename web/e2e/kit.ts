// What every browser test stands on: a street, a desk that is signed in, and the watch over what a page may never do.
import { createServer } from 'node:net'
import { type BrowserContext, expect, type Page, type Route, test as base } from '@playwright/test'
import { Street } from './street'

export { expect }

/** Pictures are taken when somebody is going to look at them: `npm run pictures`. */
export const PICTURES = !!process.env.ECD_PICTURES
export async function shot(page: Page, name: string, fullPage = false) {
  if (!PICTURES) return
  const map = page.locator('[data-test=map][data-idle]')
  if (await map.count()) await expect(map).toHaveAttribute('data-idle', 'true', { timeout: 60_000 })
  await page.screenshot({ path: `test-results/shots/${name}.png`, fullPage })
}

/** Requests to another host, errors of scripts and breaches of the policy fail whatever test they happen in. */
export function watch(page: Page, street: Street): string[] {
  const wrongs: string[] = []
  page.on('request', it => {
    const url = it.url()
    if (!url.startsWith(street.base) && !url.startsWith(street.base.replace('http', 'ws')) && !/^(data|blob):/.test(url)) wrongs.push(`another host: ${url}`)
  })
  page.on('pageerror', it => wrongs.push(`script: ${it.message}`))
  page.on('console', it => {
    if (it.type() === 'error' && /Content Security Policy|violat/i.test(it.text())) wrongs.push(`policy: ${it.text()}`)
  })
  return wrongs
}

export async function signIn(page: Page, street: Street, username = 'desk1') {
  await page.goto(`${street.base}/console`)
  await page.fill('#username', username)
  await page.fill('#password', street.login(username).password)
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('link')).toHaveClass(/live/)
}

export const row = (page: Page, id: string) => page.locator(`[data-test=row][data-id="${id}"]`)
/** The queue from the top, as ids. */
export const order = (page: Page) => page.locator('[data-test=row]').evaluateAll(all =>
  (all as HTMLElement[]).sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top).map(it => it.dataset.id ?? ''))

/** A map drawn in software keeps a small machine busy for seconds. Where none is judged the browser has no WebGL, and the page says
    that its lists hold all that is needed. */
export async function withoutMap(page: Page) {
  if (!PICTURES) await page.addInitScript(takeWebGl)
}
function takeWebGl() {
  const real = HTMLCanvasElement.prototype.getContext as (this: HTMLCanvasElement, kind: string, ...more: unknown[]) => unknown
  Object.assign(HTMLCanvasElement.prototype, {
    getContext(this: HTMLCanvasElement, kind: string, ...more: unknown[]) { return kind.startsWith('webgl') ? null : real.call(this, kind, ...more) },
  })
}

/** A port that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise(done => server.close(done))
  if (typeof address !== 'object' || !address) throw new Error('no port')
  return address.port
}

/** The service's answer for a test that changes it: the whole of it, whatever the page has already. */
export const inFull = (route: Route) => route.fetch({ headers: { ...route.request().headers(), 'if-none-match': '' } })

const refuse = (route: Route) => route.abort('internetdisconnected')
/** No network, over loads of a page too: what a page asks while it is being loaded slips past `setOffline` alone. */
export async function cutOff(context: BrowserContext) {
  await context.route('**/api/**', refuse)
  await context.setOffline(true)
}
export async function reconnect(context: BrowserContext) {
  await context.unroute('**/api/**', refuse)
  await context.setOffline(false)
}

export const test = base.extend<{ map: boolean, desk: Page, wrongs: string[] }, { street: Street }>({
  /** Whether pages of the test draw maps: `test.use({ map: true })` where one is judged. */
  map: [false, { option: true }],
  page: async ({ page, map }, use) => {
    if (!map) await withoutMap(page)
    await use(page)
  },
  street: [async ({}, use) => {
    const street = new Street()
    await street.start()
    await use(street)
    await street.end()
  }, { scope: 'worker', timeout: 180_000 }],
  wrongs: async ({ page, street }, use) => {
    const wrongs = watch(page, street)
    await use(wrongs)
    expect(wrongs).toEqual([])
  },
  desk: async ({ page, street, wrongs: _ }, use) => {
    await street.clear()
    await signIn(page, street)
    await use(page)
  },
})
