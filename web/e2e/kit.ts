// What every browser test stands on: a street, a desk that is signed in, and the watch over what a page may never do.
import { expect, type Page, test as base } from '@playwright/test'
import { Street } from './street'

export { expect }

/** Pictures are taken when somebody is going to look at them: `npm run pictures`. */
export const PICTURES = !!process.env.ECD_PICTURES
export async function shot(page: Page, name: string, fullPage = false) {
  if (PICTURES) await page.screenshot({ path: `test-results/shots/${name}.png`, fullPage })
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

export const test = base.extend<{ desk: Page, wrongs: string[] }, { street: Street }>({
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
