// The family's page on a real street: the acceptance rows F1 to F7 that a machine can judge.
import type { Page } from '@playwright/test'
import { AxeBuilder } from './axe'
import { accept, enter, offered } from './family-kit'
import { expect, row, signIn, test, withoutMap } from './kit'
import type { CaseView, Kin, Street } from './street'

test.use({ testIdAttribute: 'data-test', viewport: { width: 360, height: 740 } })

/** What has ended stays on a page for a day: each test has an elder of its own. */
let next = 0
async function kin(street: Street): Promise<Kin> {
  const [first] = await street.kin(next++)
  if (!first) throw new Error('nobody')
  return first
}
/** Where the first of the keys stands. */
const keyAt = (page: Page) => page.locator('[data-say=seen]').boundingBox()
test.beforeEach(async ({ street }) => { await street.clear() })

test('F1: a link opens once, with the digits; its token is in no address, no request and no log of the page', async ({ page, street, wrongs, browser }) => {
  const of = await kin(street)
  const link = await street.familyLink(of)
  const token = link.split('#')[1] ?? ''
  expect(token.length).toBe(43)
  const told: string[] = []
  page.on('request', it => { told.push(it.url(), it.headers().referer ?? '') })
  page.on('console', it => told.push(it.text()))
  await page.goto(link)
  expect(page.url()).not.toContain(token)
  await page.fill('#digits', of.digits === '0000' ? '1111' : '0000')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('后四位不对')
  await page.fill('#digits', of.digits)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toContainText(of.elderName)
  expect(told.join('\n')).not.toContain(token)
  expect(await page.evaluate(() => document.cookie)).toBe('')
  await page.reload()
  await expect(page.getByTestId('age')).toBeVisible()
  const context = await browser.newContext()
  const other = await context.newPage()
  await other.goto(link)
  await other.fill('#digits', of.digits)
  await other.keyboard.press('Enter')
  await expect(other.getByRole('alert')).toContainText('已经用过')
  await expect(other.locator('#digits')).toBeHidden()
  await context.close()
  expect(wrongs).toEqual([])
})

test('F1: another link, opened where the page is open already, is another elder’s page and nothing of the first is left', async ({ page, street, wrongs }) => {
  const [first, second] = [await kin(street), await kin(street)]
  await enter(page, street, first)
  await expect(page.getByTestId('age')).toBeVisible()
  const link = await street.familyLink(second)
  // As a messenger opens it: the browser changes what stands behind the stroke, and loads nothing.
  await page.evaluate(it => { location.hash = new URL(it).hash }, link)
  await page.fill('#digits', second.digits)
  expect(await page.content()).not.toContain(first.elderName)
  expect(page.url()).not.toContain(link.split('#')[1] ?? '-')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toContainText(second.elderName)
  await page.reload()
  await expect(page.getByRole('heading', { level: 1 })).toContainText(second.elderName)
  expect(wrongs).toEqual([])
})

test('F1: a device that the desk shuts out is shut out by itself, and shows nothing more', async ({ page, street, browser }) => {
  const of = await kin(street)
  await street.ringOf(of.device, 'sos')
  await enter(page, street, of)
  await expect(page.getByTestId('case')).toBeVisible()
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
  const desk = await context.newPage()
  await withoutMap(desk)
  await signIn(desk, street)
  await desk.locator('[data-test=row]').first().click()
  await desk.locator('#tab-elder').click()
  const keys = desk.locator('[data-test=family] [data-shut]')
  await expect(keys.first()).toBeVisible()
  // Earlier tests have left devices of this contact: all of them go.
  while (await keys.count()) {
    const before = await keys.count()
    await keys.first().click()
    await expect(keys).toHaveCount(before - 1)
  }
  await expect(page.getByTestId('door')).toContainText('不能查看')
  expect(await page.content()).not.toContain(of.elderName)
  await context.close()
})

test('F2, F3: what happens comes to the page by itself, in order, and says who comes and when', async ({ page, street, wrongs }) => {
  const of = await kin(street)
  await enter(page, street, of)
  await expect(page.getByTestId('calm')).toBeVisible()
  const it = await street.ringOf(of.device, 'sos')
  await expect(page.getByTestId('case')).toContainText('发出了紧急呼救')
  const where = await keyAt(page)
  await offered(street, it)
  await accept(street, it)
  await expect(page.getByTestId('minutes')).toContainText('分钟')
  expect(await keyAt(page), 'where a finger may be going').toEqual(where)
  const status = page.locator('.sentence')
  await expect(status).toHaveAttribute('aria-live', 'polite')
  await expect(status).toContainText('正在赶来')
  await expect(status).not.toContainText(/\d/)
  const times = await page.getByTestId('lines').locator('li').evaluateAll(all => (all as HTMLElement[]).map(e => Date.parse(e.dataset.at ?? '')))
  expect(times.length).toBeGreaterThan(1)
  expect(times).toEqual([...times].sort((a, b) => a - b))
  // Nobody's whole name, nothing of the desk.
  const named = (await street.get<CaseView>(`/api/v1/cases/${it.id}`)).assignments[0]?.responder_name ?? '-'
  expect(await page.content()).not.toContain(named)
  expect(wrongs).toEqual([])
})

test('F2: without a network the page turns grey and says how old it is; with it, it follows again', async ({ page, street, context }) => {
  const of = await kin(street)
  await street.ringOf(of.device, 'sos')
  await enter(page, street, of)
  await expect(page.getByTestId('case')).toBeVisible()
  const where = await keyAt(page)
  await context.setOffline(true)
  await expect(page.getByTestId('stale')).toContainText('可能已经变化')
  await expect(page.getByTestId('stale')).toBeInViewport({ ratio: 1 })
  expect(await keyAt(page), 'where a finger may be going').toEqual(where)
  await expect(page.locator('.page')).toHaveClass(/stale/)
  await expect(page.locator('[data-say=seen]')).toBeDisabled()
  await context.setOffline(false)
  await expect(page.getByTestId('stale')).toBeHidden({ timeout: 10_000 })
  await expect(page.locator('[data-say=seen]')).toBeEnabled()
})

test('F2: a phone whose clock is an hour fast says by the clock of the service how old the page is', async ({ page, street, context }) => {
  const of = await kin(street)
  await page.addInitScript(fastByAnHour)
  await enter(page, street, of)
  await context.setOffline(true)
  await expect(page.getByTestId('stale')).toBeVisible({ timeout: 20_000 })
  const said = /(\d\d):(\d\d)/.exec(await page.getByTestId('stale').innerText())
  const now = new Date(Date.now() + 8 * 3_600_000) // the page stands in Shanghai
  const since = (now.getUTCHours() * 60 + now.getUTCMinutes() - Number(said?.[1]) * 60 - Number(said?.[2]) + 1_440) % 1_440
  expect(since).toBeLessThanOrEqual(2)
})
function fastByAnHour() {
  const Real = Date
  const now = () => Real.now() + 3_600_000
  window.Date = new Proxy(Real, { construct: (it, of: unknown[]) => Reflect.construct(it, of.length ? of : [now()]) as object, get: (it, key) => (key === 'now' ? now : Reflect.get(it, key) as unknown) })
}

test('F7: the back key leads to the place before, and not off the page', async ({ page, street }) => {
  const of = await kin(street)
  await enter(page, street, of)
  const current = page.locator('[data-place][aria-current=page]')
  await page.locator('[data-place=settings]').click()
  await page.locator('[data-place=history]').click()
  await expect(current).toHaveAttribute('data-place', 'history')
  await page.goBack()
  await expect(current).toHaveAttribute('data-place', 'settings')
  await page.reload()
  await expect(current).toHaveAttribute('data-place', 'settings')
  await page.goBack()
  await expect(current).toHaveAttribute('data-place', 'now')
  await expect(page.getByTestId('age')).toBeVisible()
})

test('F4: each word is one request, and the console shows it by itself', async ({ page, street, browser, wrongs }) => {
  const of = await kin(street)
  const it = await street.ringOf(of.device, 'sos')
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
  const desk = await context.newPage()
  await withoutMap(desk)
  await signIn(desk, street)
  await row(desk, it.id).click()
  await enter(page, street, of)
  const asked: string[] = []
  page.on('request', r => { if (r.method() === 'POST') asked.push(r.postData() ?? '') })
  const marks = desk.locator('[data-test=case] .marks')
  await page.locator('[data-say=seen]').click()
  await expect(marks).toContainText('已知悉')
  await page.locator('[data-say=going]').click()
  await expect(marks).toContainText('家属也前往')
  await page.locator('[data-say=false_alarm]').click()
  expect(asked.length).toBe(2)
  await page.getByTestId('sure').click()
  await expect(marks).toContainText('称是误报')
  await expect(row(desk, it.id)).toContainText('家属称误报')
  expect(asked).toEqual(['seen', 'going', 'false_alarm'].map(said => JSON.stringify({ said })))
  const still = await street.get<CaseView>(`/api/v1/cases/${it.id}`)
  expect(still.state).not.toBe('closed')
  await context.close()
  expect(wrongs).toEqual([])
})

test('F5: every call is one large key', async ({ page, street }) => {
  const of = await kin(street)
  await enter(page, street, of)
  const calls = page.getByTestId('calls').locator('a')
  expect(await calls.evaluateAll(all => all.map(a => a.getAttribute('href')?.slice(0, 4)))).toEqual(['tel:', 'tel:', 'tel:'])
  await expect(calls.last()).toHaveAttribute('href', 'tel:120')
  for (const height of await calls.evaluateAll(all => all.map(a => a.getBoundingClientRect().height))) expect(height).toBeGreaterThanOrEqual(60)
})

test('F5: a case that opens while a finger is on the page moves no telephone from under it', async ({ page, street, wrongs }) => {
  const of = await kin(street)
  await enter(page, street, of)
  const ambulance = page.getByTestId('calls').locator('[href="tel:120"]')
  const where = await ambulance.boundingBox()
  // Beside the keys: a touch of one would phone.
  await page.getByTestId('calls').locator('h2').hover()
  await page.mouse.down()
  const told = page.waitForResponse(async it => it.url().includes('/family/view') && (await it.text()).includes('"case_'))
  await street.ringOf(of.device, 'sos')
  await told
  expect(await ambulance.boundingBox()).toEqual(where)
  await page.mouse.up()
  await expect(page.getByTestId('case')).toContainText('发出了紧急呼救')
  expect(wrongs).toEqual([])
})

test('F6: the last who is called for what is critical cannot switch it off, and the page says what is in force', async ({ page, street }) => {
  const of = await kin(street)
  const wish = { critical: { voice: false, message: true }, urgent: { voice: true, message: true }, quiet: null }
  await enter(page, street, of)
  await page.locator('[data-place=settings]').click()
  await expect(page.getByTestId('wishes')).toContainText('目前生效')
  const put = (body: unknown) => page.evaluate(async it => {
    const answer = await fetch('/api/v1/family/choices', { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(it) })
    return answer.status
  }, body)
  const others = (await street.get<{ contacts: { restricted: boolean }[] }>(`/api/v1/elders/${of.elder}`)).contacts.filter(it => !it.restricted).length - 1
  expect(await put(wish)).toBe(others > 0 ? 200 : 409)
  await put({ ...wish, critical: { voice: true, message: true } })
})

test('F6: what is chosen by level and by hour is kept, and who is called last has no key to switch the call off', async ({ page, street, wrongs }) => {
  const [of] = await street.kin(next++, '状态', 2)
  if (!of) throw new Error('no family of two')
  await enter(page, street, of)
  await page.locator('[data-place=settings]').click()
  const wish = (name: string) => page.locator(`[data-wish=${name}]`)
  await expect(wish('critical-voice')).toBeEnabled()
  await wish('urgent-voice').uncheck()
  await wish('critical-message').uncheck()
  await page.getByTestId('wishes').getByRole('checkbox').last().check()
  await page.getByTestId('wishes').locator('select').first().selectOption('21')
  await page.getByTestId('save').click()
  await expect(page.getByTestId('wishes').getByRole('status')).toContainText('已保存')
  await page.reload()
  for (const [name, on] of [['critical-voice', true], ['critical-message', false], ['urgent-voice', false], ['urgent-message', true]] as const) await expect(wish(name), name).toBeChecked({ checked: on })
  await expect(page.getByTestId('wishes').locator('select').first()).toHaveValue('21')
  // What the service refuses, the page does not offer.
  await page.route('**/api/v1/family/me', async route => {
    const answer = await route.fetch()
    const me = await answer.json() as { wishes: object }
    await route.fulfill({ response: answer, json: { ...me, wishes: { ...me.wishes, another_is_called: false } } })
  })
  await page.reload()
  await expect(wish('critical-voice')).toBeDisabled()
  await expect(wish('critical-voice')).toBeChecked()
  await expect(wish('urgent-voice')).toBeEnabled()
  expect(wrongs).toEqual([])
})

test('F7: each case of the month says in words that it can be opened, and opens', async ({ page, street, wrongs }) => {
  const of = await kin(street)
  await street.ringOf(of.device, 'sos')
  await street.clear()
  await enter(page, street, of)
  await page.locator('[data-place=history]').click()
  const first = page.getByTestId('month').locator('.cases details').first()
  await expect(first.locator('summary')).toContainText('经过')
  await first.locator('summary').click()
  await expect(first.getByTestId('lines')).toBeVisible()
  // The figures of the month are read when somebody unfolds them, and count this call.
  await page.getByTestId('unfold').click()
  const figures = page.getByTestId('figures')
  await expect(figures).toContainText('1')
  await expect(figures.getByTestId('quiet')).toBeVisible()
  if (process.env.ECD_PICTURES) await page.screenshot({ path: 'test-results/shots/family-month-figures.png' })
  expect(wrongs).toEqual([])
})

for (const size of [20, 24, 30]) {
  test(`F7: at ${size} px nothing is lost sideways on 360 px, keys are large, and axe finds nothing serious`, async ({ page, street, wrongs }) => {
    const of = await kin(street)
    const it = await street.ringOf(of.device, 'fall')
    await offered(street, it)
    await accept(street, it)
    await page.addInitScript(n => { localStorage.setItem('ecd.family.size', String(n)) }, size)
    for (const language of ['zh-CN', 'en']) {
      await page.addInitScript(l => { localStorage.setItem('ecd.language', l) }, language)
      await page.goto(await street.familyLink(of))
      const fits = async (where: string) => {
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        expect(over, `${where} in ${language}`).toBeLessThanOrEqual(0)
        expect(await new AxeBuilder(page).serious(), `${where} in ${language}`).toEqual([])
        const small = await page.locator('button:visible, a:visible, select:visible, input[type=text]:visible').evaluateAll(all => all.filter(e => e.getBoundingClientRect().height < 60).map(e => e.outerHTML.slice(0, 80)))
        expect(small, `${where} in ${language}`).toEqual([])
      }
      await expect(page.locator('#digits')).toBeVisible()
      await fits('the door')
      await page.fill('#digits', of.digits)
      await page.keyboard.press('Enter')
      await expect(page.getByTestId('case')).toBeVisible()
      expect(await page.evaluate(() => getComputedStyle(document.body).fontSize)).toBe(`${size}px`)
      await fits('now')
      for (const place of ['history', 'settings']) {
        await page.locator(`[data-place=${place}]`).click()
        await expect(page.locator(place === 'history' ? '[data-test=month] .cases' : '[data-test=devices]')).toBeVisible()
        await fits(place)
      }
      await page.locator('[data-place=history]').click()
      await expect(page.getByTestId('month').locator('li').first()).toBeVisible()
    }
    expect(wrongs).toEqual([])
  })
}
