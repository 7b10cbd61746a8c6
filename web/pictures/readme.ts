// The pictures of README.md and README.zh-CN.md: `npm run pictures -- readme` takes them anew into docs/img. A street of the demo with
// something to do; small WebP files, made by the browser itself.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from '@playwright/test'
import { ME, PHONE, signIn as signInOnPhone, slide } from '../e2e/care-kit'
import { accept, enter, offered } from '../e2e/family-kit'
import { expect, row, signIn, test } from '../e2e/kit'
import type { Street } from '../e2e/street'
import { drawn, hang } from '../e2e/wall-kit'

test.use({ testIdAttribute: 'data-test', map: true })
test.describe.configure({ timeout: 240_000 })

const FOLDER = join(import.meta.dirname, '../../docs/img')

async function keep(browser: Browser, page: Page, name: string) {
  const png = await page.screenshot()
  const blank = await browser.newPage()
  const webp = await blank.evaluate(async base64 => {
    const bytes = Uint8Array.from(atob(base64), it => it.charCodeAt(0))
    const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
    const canvas = document.createElement('canvas')
    canvas.width = picture.width
    canvas.height = picture.height
    canvas.getContext('2d')?.drawImage(picture, 0, 0)
    return canvas.toDataURL('image/webp', 0.86).split(',')[1] ?? ''
  }, png.toString('base64'))
  await blank.close()
  writeFileSync(join(FOLDER, `${name}.webp`), Buffer.from(webp, 'base64'))
}
async function opened(browser: Browser, options: BrowserContextOptions, language: string): Promise<Page> {
  const context = await browser.newContext({ ...options, locale: language, timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce' })
  const page = await context.newPage()
  await page.addInitScript(l => {
    localStorage.setItem('ecd.language', l)
    sessionStorage.setItem('ecd.soundTested', 'true')
  }, language)
  return page
}
/** Somebody was called, went and came in time. */
async function helped(street: Street) {
  const it = await street.ringFor(ME, 'fall')
  const offer = it.offers.find(o => o.responder_id === street.login(ME).responder_id)
  await street.post(`/api/v1/offers/${offer?.id}/accept`, { eta_s: 120 }, ME)
  await street.post(`/api/v1/assignments/${it.id}/arrive`, {}, ME)
  await street.post(`/api/v1/assignments/${it.id}/contact-made`, {}, ME)
  await street.post(`/api/v1/assignments/${it.id}/done`, {}, ME)
  await street.post(`/api/v1/cases/${it.id}/close`, { outcome: 'helped', proof: { type: 'on_scene' } })
}

for (const [n, language] of (['zh-CN', 'en'] as const).entries()) {
  test(`pictures of the README in ${language}`, async ({ browser, street }) => {
    await street.clear()
    await street.duty(ME, true)
    await helped(street)

    const phone = await opened(browser, PHONE, language)
    await signInOnPhone(phone, street)
    await street.ringFor(ME, 'fall')
    await expect(phone.getByTestId('offer')).toBeVisible()
    await keep(browser, phone, `care-offer-${language}`)
    await slide(phone, 1)
    await expect(phone.getByTestId('task')).toHaveAttribute('data-place', 'lead', { timeout: 15_000 })
    await expect(phone.getByTestId('said')).toBeHidden()
    await keep(browser, phone, `care-task-${language}`)

    const [of] = await street.kin(n + 2)
    if (!of) throw new Error('nobody')
    const call = await street.ringOf(of.device, 'sos')
    for (const kind of ['sos', 'inactivity', 'service_request', 'low_battery', 'fall']) await street.ring(kind)
    await offered(street, call)
    await accept(street, call)
    const family = await opened(browser, { viewport: { width: 360, height: 740 } }, language)
    await enter(family, street, of)
    await expect(family.getByTestId('minutes')).toBeVisible()
    await keep(browser, family, `family-${language}`)

    const elder = await opened(browser, { viewport: { width: 1024, height: 600 } }, language)
    await elder.goto(`${street.base}/elder#${of.device.device_id}:${of.device.key}`)
    await expect(elder.getByTestId('news')).toBeVisible()
    await keep(browser, elder, `elder-${language}`)

    const desk = await opened(browser, { viewport: { width: 1440, height: 900 } }, language)
    await signIn(desk, street)
    const other = await street.ring('sos')
    await row(desk, other.id).click()
    const map = desk.getByTestId('map')
    await expect(map).toHaveAttribute('data-circle', '3', { timeout: 60_000 })
    await expect(map).toHaveAttribute('data-idle', 'true', { timeout: 60_000 })
    await expect(desk.getByTestId('candidates').locator('li').first()).toBeVisible()
    await desk.mouse.move(700, 4)
    await keep(browser, desk, `console-${language}`)

    const wall = await opened(browser, { viewport: { width: 1920, height: 1080 } }, language)
    await hang(wall, street, language, 'dark')
    await drawn(wall)
    await keep(browser, wall, `wall-${language}`)
    for (const page of [phone, family, elder, desk, wall]) await page.context().close()
  })
}
