// The elder's own screen on a real street.
import type { Page } from '@playwright/test'
import { AxeBuilder } from './axe'
import { cutOff, expect, reconnect, shot, test } from './kit'
import type { CaseView, Device, Street } from './street'

test.use({ testIdAttribute: 'data-test', viewport: { width: 1024, height: 768 } })

let next = 20
async function pair(page: Page, street: Street): Promise<Device> {
  const { device } = (await street.kin(next++))[0] ?? {}
  if (!device) throw new Error('no device')
  await page.goto(`${street.base}/elder#${device.device_id}:${device.key}`)
  await expect(page.getByTestId('sos')).toBeVisible()
  expect(page.url()).not.toContain(device.key)
  return device
}
const open = async (street: Street, of: Device) => (await street.get<{ items: CaseView[] }>(`/api/v1/cases?open=true&elder=${of.elder_id}`)).items

test.beforeEach(async ({ street }) => { await street.clear() })

test('one press calls nobody; two, or one held for a second, call once; who is coming is shown', async ({ page, street, wrongs }) => {
  const of = await pair(page, street)
  await page.getByTestId('sos').click()
  await expect(page.getByTestId('sos')).toContainText('再按一下')
  expect(await open(street, of)).toEqual([])
  await page.getByTestId('sos').click()
  await expect(page.getByTestId('news')).toContainText('指挥中心收到了')
  const [it] = await open(street, of)
  expect(it?.kind).toBe('sos')
  await expect.poll(async () => (await street.get<CaseView>(`/api/v1/cases/${it?.id}`)).offers.length).toBeGreaterThan(0)
  const offer = (await street.get<CaseView>(`/api/v1/cases/${it?.id}`)).offers[0]
  await street.post(`/api/v1/cases/${it?.id}/assign`, { responder_id: offer?.responder_id, eta_s: 200 })
  await expect(page.getByTestId('news')).toContainText('正在赶来')
  await expect(page.getByTestId('news')).toContainText('分钟')
  // Taking it back asks first, leaves a mark, and ends nothing.
  await page.getByTestId('back').click()
  await page.getByTestId('well').click()
  await expect(page.getByTestId('news')).toContainText('您没事')
  const after = await street.get<CaseView>(`/api/v1/cases/${it?.id}`)
  expect([after.withdrawn, after.state === 'closed', after.alerts]).toEqual([true, false, 1])
  expect(wrongs).toEqual([])
})

test('held for a second it calls; without a network it says so, and is sent once when there is one', async ({ page, street, context }) => {
  const of = await pair(page, street)
  await cutOff(context)
  const box = await page.getByTestId('sos').boundingBox()
  await page.mouse.move((box?.x ?? 0) + 60, (box?.y ?? 0) + 60)
  await page.mouse.down()
  await expect(page.getByTestId('news')).toContainText('还没有发出去')
  await page.mouse.up()
  expect(await open(street, of)).toEqual([])
  await reconnect(context)
  await expect(page.getByTestId('news')).toContainText('指挥中心收到了', { timeout: 15_000 })
  const cases = await open(street, of)
  expect(cases.map(it => [it.kind, it.alerts])).toEqual([['sos', 1]])
  await page.getByTestId('service').click()
  await expect(page.getByTestId('service')).toBeDisabled()
  await expect.poll(async () => (await open(street, of)).map(it => it.kind).sort()).toEqual(['service_request', 'sos'])
})

test('loaded anew without a network it is there with its keys, keeps a press, and sends it once', async ({ page, street, context, wrongs }) => {
  const of = await pair(page, street)
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}))
  await cutOff(context)
  for (const path of ['/elder', '/elder/']) {
    await page.goto(street.base + path)
    await expect(page.getByTestId('sos')).toBeVisible()
    await expect(page.getByTestId('offline')).toBeVisible()
    await expect(page.locator('a[href="tel:120"]')).toBeVisible()
  }
  await page.getByTestId('sos').click()
  await page.getByTestId('sos').click()
  await expect(page.getByTestId('news')).toContainText('还没有发出去')
  await page.reload()
  await expect(page.getByTestId('news')).toContainText('还没有发出去')
  await reconnect(context)
  await expect(page.getByTestId('news')).toContainText('指挥中心收到了', { timeout: 15_000 })
  expect((await open(street, of)).map(it => [it.kind, it.alerts])).toEqual([['sos', 1]])
  expect(await page.evaluate(async () => (await Promise.all((await caches.keys()).map(async it => (await (await caches.open(it)).keys()).map(r => new URL(r.url).pathname)))).flat().filter(it => it.startsWith('/api')))).toEqual([])
  expect(wrongs).toEqual([])
})

test('a call can be taken back after the page was loaded anew', async ({ page, street }) => {
  const of = await pair(page, street)
  await page.getByTestId('sos').click()
  await page.getByTestId('sos').click()
  await expect(page.getByTestId('back')).toBeVisible()
  await page.reload()
  await expect(page.getByTestId('news')).toContainText('指挥中心收到了')
  await page.getByTestId('back').click()
  await page.getByTestId('well').click()
  await expect(page.getByTestId('news')).toContainText('您没事')
  expect((await open(street, of)).map(it => it.withdrawn)).toEqual([true])
})

test('what is not sent yet can be taken back, after the same question, and is not sent', async ({ page, street, context }) => {
  const of = await pair(page, street)
  await cutOff(context)
  await page.getByTestId('sos').click()
  await page.getByTestId('sos').click()
  await expect(page.getByTestId('news')).toContainText('还没有发出去')
  await page.getByTestId('back').click()
  await expect(page.getByRole('alertdialog')).toContainText('就不再发出')
  await page.getByTestId('well').click()
  await expect(page.getByTestId('news')).toContainText('没有发出求助')
  await reconnect(context)
  await expect(page.getByTestId('offline')).toBeHidden({ timeout: 15_000 })
  await expect(page.getByTestId('back')).toBeHidden()
  expect(await open(street, of)).toEqual([])
})

/** Every text that can be seen, and what is typed, under 30 px. */
const small = (page: Page) => page.evaluate(() => {
  const found: string[] = []
  const size = (it: Element) => Number.parseFloat(getComputedStyle(it).fontSize)
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let it = walk.nextNode(); it; it = walk.nextNode()) {
    const around = it.parentElement
    if (!it.textContent?.trim() || !around?.checkVisibility() || around.closest('script, style, noscript')) continue
    if (size(around) < 30) found.push(`${it.textContent.trim()}: ${size(around)} px`)
  }
  for (const it of document.querySelectorAll('input')) if (size(it) < 30) found.push(`${it.id}: ${size(it)} px`)
  return found
})

for (const [width, height] of [[1024, 768], [1024, 600], [360, 740]] as const) {
  test(`at ${width} × ${height} no text is under 30 px, keys are large and on the screen; axe finds nothing serious`, async ({ page, street, wrongs }) => {
    await page.setViewportSize({ width, height })
    for (const language of ['zh-CN', 'en']) {
      await page.addInitScript(l => { localStorage.setItem('ecd.language', l) }, language)
      await page.evaluate(() => localStorage.clear()).catch(() => {})
      await page.goto(`${street.base}/elder`)
      await page.evaluate(() => localStorage.removeItem('ecd.elder.device'))
      await page.reload()
      await expect(page.locator('#code')).toBeVisible()
      const fits = async (where: string) => {
        expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), `${where} in ${language}`).toBeLessThanOrEqual(0)
        expect(await new AxeBuilder(page).serious(), `${where} in ${language}`).toEqual([])
        expect(await small(page), `${where} in ${language}`).toEqual([])
        expect(await page.locator('button:visible, a:visible, input:visible').evaluateAll(all => all.filter(e => e.getBoundingClientRect().height < 60).length), `${where} in ${language}`).toBe(0)
      }
      await fits('pairing')
      await shot(page, `elder-pair-${width}-${language}`)
      const { device } = (await street.kin(next++))[0] ?? {}
      await page.fill('#code', 'device_1')
      await page.keyboard.press('Enter')
      await expect(page.getByRole('alert')).not.toBeEmpty()
      await page.fill('#code', `${device?.device_id}:${device?.key}`)
      await page.keyboard.press('Enter')
      await expect(page.getByTestId('sos')).toBeVisible()
      await fits('calm')
      await shot(page, `elder-calm-${width}-${language}`)
      await cutOff(page.context())
      await page.getByTestId('sos').click()
      await page.getByTestId('sos').click()
      await expect(page.getByTestId('back')).toBeVisible()
      await fits('not sent')
      for (const key of [page.getByTestId('back'), page.locator('a[href="tel:120"]')]) expect(await key.evaluate(it => it.getBoundingClientRect().bottom), `not sent, ${language}`).toBeLessThanOrEqual(height - 4)
      await shot(page, `elder-waiting-${width}-${language}`)
      await reconnect(page.context())
      await expect(page.getByTestId('news')).not.toHaveClass(/cut/, { timeout: 15_000 })
      await expect(page.getByTestId('back')).toBeVisible()
      await fits('called')
      // What one may want next is in sight: to take it back, and 120; on a tablet every key, with air below.
      const low = (it: Element) => it.getBoundingClientRect().bottom
      for (const key of [page.getByTestId('back'), page.locator('a[href="tel:120"]')]) expect(await key.evaluate(low), language).toBeLessThanOrEqual(height - 4)
      if (width > 900) for (const key of await page.locator('button:visible, a:visible').all()) expect(await key.evaluate(low), language).toBeLessThanOrEqual(height - 4)
      await shot(page, `elder-called-${width}-${language}`)
      await page.getByTestId('back').click()
      await fits('question')
      for (const key of await page.locator('.ask button').all()) expect(await key.evaluate(low), language).toBeLessThanOrEqual(height - 4)
      for (const key of await page.locator('.ask button').all()) expect(await key.evaluate(low), language).toBeLessThanOrEqual(height - 4)
      await shot(page, `elder-question-${width}-${language}`)
    }
    expect(wrongs).toEqual([])
  })
}
