// Notifications while the page is closed, from the tap that agrees to the one that opens: on the real program, with a push service
// of our own and the browser's worker.
import { PHONE } from './care-kit'
import { enter } from './family-kit'
import { AxeBuilder } from './axe'
import { expect, shot, signIn as signInAtDesk, test as base, watch } from './kit'
import { agrees, courier, PushService, shown } from './push-kit'
import { Street } from './street'

interface Reach { push?: { id: string, device: string }[], has: string[] }

/** A street that pushes to our own service, and to no other. */
const test = base.extend<object, { street: Street, service: PushService, at: string }>({
  service: [async ({}, use) => {
    const service = new PushService()
    await use(service)
    service.end()
  }, { scope: 'worker' }],
  at: [async ({ service }, use) => { await use(await service.start()) }, { scope: 'worker' }],
  street: [async ({ at }, use) => {
    const street = new Street()
    await street.start()
    await street.with(`[[notify.carriers]]\ntype = "web_push"\nvapid_key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"\nsubject = "mailto:office@street.example"\nhosts = ["${at}"]`)
    await use(street)
    await street.end()
  }, { scope: 'worker', timeout: 240_000 }],
})
test.use({ testIdAttribute: 'data-test' })

test('care: agreed to by a tap, told with the page closed, a call-off takes the place of the offer, and signing out ends it', async ({ browser, street, service, at }) => {
  const context = await browser.newContext({ ...PHONE, permissions: ['geolocation', 'notifications'] })
  const page = await context.newPage()
  const wrongs = watch(page, street)
  await street.clear()
  await street.duty('carer1', true)
  await agrees(page, `${at}/carer`, service.keys())
  await page.goto(`${street.base}/care`)
  await page.fill('#username', 'carer1')
  await page.fill('#password', street.login('carer1').password)
  await page.keyboard.press('Enter')
  const row = page.locator('[data-check=push]')
  await expect(row).toHaveAttribute('data-health', 'ask')
  expect(await page.evaluate(() => 'asked' in window), 'nothing is asked for before a tap').toBe(false)
  await row.getByRole('button').click()
  await expect(row).toHaveAttribute('data-health', 'good')
  expect(await page.evaluate(() => (window as unknown as { asked: number }).asked), 'our key, uncompressed').toBe(65)
  const mine = await street.get<Reach>('/api/v1/me/reach', 'carer1')
  expect(mine.push?.map(it => it.device)).toEqual([expect.stringMatching(/Linux|Android/)])

  const deliver = await courier(context, page, '/care')
  const it = await street.ringFor('carer1', 'fall')
  const offer = await service.gets('offer', it.id)
  expect([offer.path, offer.signed, offer.urgency]).toEqual(['/carer', true, 'high'])
  expect(Object.keys(offer.data).sort(), 'a case and a kind, and nothing of anybody').toEqual(['case_id', 'kind'])
  await deliver(offer)
  await expect.poll(() => shown(page, '/care/')).toEqual([{ title: '有求助，您能去吗？', body: '请打开查看并答复', tag: it.id, path: '/care/' }])
  // The desk hears that all is well: the service says so, and of the case only this stands on the screen.
  await street.post(`/api/v1/cases/${it.id}/voice-result`, { result: 'fine' })
  const ended = await service.gets('offer_ended', it.id)
  await deliver(ended)
  await expect.poll(() => shown(page, '/care/')).toEqual([{ title: '这件求助不用您去了', body: '谢谢您', tag: it.id, path: '/care/' }])

  await page.goto(`${street.base}/care/me`)
  await expect(page.getByTestId('push')).toHaveAttribute('data-state', 'on')
  await page.getByTestId('sign-out').click()
  await page.locator('.van-dialog__confirm').click()
  await expect(page.locator('#username')).toBeVisible()
  await expect.poll(async () => (await street.get<Reach>('/api/v1/me/reach', 'carer1')).push ?? []).toEqual([])
  expect(wrongs).toEqual([])
  await context.close()
})

test('care: a browser of another push service is told so and not kept; a refusal is said plainly', async ({ browser, street, service, at }) => {
  for (const [endpoint, state, permissions] of [['https://push.elsewhere.example/a', 'foreign', ['notifications']], [`${at}/b`, 'refused', []]] as const) {
    const context = await browser.newContext({ ...PHONE, permissions: ['geolocation', ...permissions] })
    const page = await context.newPage()
    await agrees(page, endpoint, service.keys())
    if (state === 'refused') await page.addInitScript(() => { Object.assign(Notification, { requestPermission: async () => 'denied' }); Object.defineProperty(Notification, 'permission', { get: () => 'denied' }) })
    await page.goto(`${street.base}/care`)
    await page.fill('#username', 'grid1')
    await page.fill('#password', street.login('grid1').password)
    await page.keyboard.press('Enter')
    await expect(page.getByTestId('link')).toHaveClass(/good/)
    await page.goto(`${street.base}/care/me`)
    if (state === 'foreign') await page.getByTestId('push').getByRole('switch').click()
    await expect(page.getByTestId('push')).toHaveAttribute('data-state', state)
    await expect(page.getByTestId('push')).toContainText(state === 'foreign' ? '未使用' : '禁止')
    expect((await street.get<Reach>('/api/v1/me/reach', 'grid1')).push ?? []).toEqual([])
    await context.close()
  }
})

test('family: agreed to in the settings, told in the language of the page, and a device that is shut out is pushed to no more', async ({ browser, street, service, at }) => {
  const [of] = await street.kin(3)
  if (!of) throw new Error('nobody')
  await street.clear()
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'en-GB', timezoneId: 'Asia/Shanghai', permissions: ['notifications'] })
  const page = await context.newPage()
  const wrongs = watch(page, street)
  await agrees(page, `${at}/family`, service.keys())
  await enter(page, street, of)
  await page.locator('[data-place=settings]').click()
  await expect(page.getByTestId('push')).toHaveAttribute('data-state', 'off')
  await page.getByTestId('push-turn').click()
  await expect(page.getByTestId('push')).toHaveAttribute('data-state', 'on')
  const deliver = await courier(context, page, '/family')
  const it = await street.ringOf(of.device, 'sos')
  const opened = await service.gets('family_opened', it.id)
  expect(opened.path).toBe('/family')
  await deliver(opened)
  const lock = () => shown(page, '/family/')
  await expect.poll(lock).toEqual([{ title: 'A call for help in your family', body: 'Open the family page to follow it', tag: it.id, path: `/family/?case=${it.id}` }])
  expect(JSON.stringify(await lock())).not.toContain(of.elderName)
  // The office shuts the device out.
  const { contacts } = await street.get<{ contacts: { contact_id: string, devices: { id: string }[] }[] }>(`/api/v1/elders/${of.elder}/family`)
  for (const device of contacts.find(one => one.contact_id === of.contact)?.devices ?? []) await street.post(`/api/v1/elders/${of.elder}/family/devices/${device.id}/revoke`, {})
  const reach = await street.get<Reach>(`/api/v1/elders/${of.elder}/contacts/${of.contact}/reach`)
  expect(reach.has).not.toContain('web_push')
  await expect(page.locator('#digits').or(page.getByText('This device may not look any more'))).toBeVisible()
  expect(wrongs).toEqual([])
  await context.close()
})

test('console: who was told and by what stands beside the case; whom no way reaches is counted, and is told once more with a reason', async ({ page, street, service, at }) => {
  await street.clear()
  await street.duty('carer1', true)
  await street.post('/api/v1/me/push-subscriptions', { device: 'Test', endpoint: `${at}/c`, keys: service.keys() }, 'carer1')
  await signInAtDesk(page, street)
  const it = await street.ringFor('carer1', 'fall')
  await page.goto(`${street.base}/console/case/${it.id}`)
  await page.locator('#tab-told').click()
  const party = page.locator(`[data-target="${street.login('carer1').responder_id}"]`)
  await expect(party.locator('[data-state=sent], [data-state=received]').first()).toContainText('推送')
  // The others have no way here: each is counted, and says why.
  await expect(page.getByTestId('told-failed')).toBeVisible()
  await expect(page.getByTestId('untold')).toContainText(/没有登记地址|没有这种途径/)
  const before = service.arrived.length
  await party.getByTestId('resend').first().click()
  await page.getByTestId('resend-form').locator('input').fill('电话里没听清')
  await page.getByTestId('resend-form').locator('button[type=submit]').click()
  await expect.poll(() => service.arrived.length).toBeGreaterThan(before)
  const { items } = await street.get<{ items: { text: string }[] }>(`/api/v1/cases/${it.id}/notes`)
  expect(items.map(one => one.text).join('\n')).toContain('电话里没听清')
  expect(await new AxeBuilder(page).serious()).toEqual([])
})

for (const [language, theme] of [['zh-CN', 'light'], ['en', 'dark']] as const) {
  test(`axe finds nothing serious where notifications are chosen and notices are read, in ${language} and ${theme}`, async ({ browser, street, service, at }) => {
    await street.clear()
    const prefer = ([l, t]: readonly [string, string]) => {
      localStorage.setItem('ecd.language', l)
      localStorage.setItem('ecd.theme', t)
    }
    const phone = await browser.newContext({ ...PHONE, permissions: ['geolocation', 'notifications'] })
    const care = await phone.newPage()
    await care.addInitScript(prefer, [language, theme] as const)
    await agrees(care, `${at}/axe-${language}`, service.keys())
    await care.goto(`${street.base}/care`)
    await care.fill('#username', 'carer1')
    await care.fill('#password', street.login('carer1').password)
    await care.keyboard.press('Enter')
    await expect(care.locator('[data-check=push]')).toBeVisible()
    await shot(care, `push-care-${language}-${theme}`, true)
    await care.goto(`${street.base}/care/me`)
    await expect(care.getByTestId('push')).toHaveAttribute('data-state', 'off')
    expect(await new AxeBuilder(care).serious(), 'me').toEqual([])
    await shot(care, `push-care-me-${language}-${theme}`, true)
    await phone.close()

    const [of] = await street.kin(5)
    if (!of) throw new Error('nobody')
    const theirs = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: language, timezoneId: 'Asia/Shanghai', permissions: ['notifications'] })
    const family = await theirs.newPage()
    await family.addInitScript(prefer, [language, theme] as const)
    await agrees(family, `${at}/axe-family-${language}`, service.keys())
    await enter(family, street, of)
    const it = await street.ringOf(of.device, 'sos')
    await expect(family.locator('[data-say=urge]')).toBeVisible()
    await family.getByTestId('told').locator('summary').click()
    await expect(family.getByTestId('told').locator('li, p').first()).toBeVisible()
    expect(await new AxeBuilder(family).serious(), 'family').toEqual([])
    await shot(family, `push-family-now-${language}`, true)
    await family.locator('[data-place=settings]').click()
    await expect(family.getByTestId('push')).toHaveAttribute('data-state', 'off')
    expect(await new AxeBuilder(family).serious(), 'settings').toEqual([])
    await shot(family, `push-family-settings-${language}`, true)
    await theirs.close()

    const seat = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: language, timezoneId: 'Asia/Shanghai' })
    const desk = await seat.newPage()
    await desk.addInitScript(prefer, [language, theme] as const)
    await signInAtDesk(desk, street)
    await desk.goto(`${street.base}/console/case/${it.id}`)
    await desk.locator('#tab-told').click()
    await expect(desk.getByTestId('notices').locator('.party').first()).toBeVisible()
    await desk.getByTestId('resend').first().click()
    expect(await new AxeBuilder(desk).serious(), 'notices').toEqual([])
    await shot(desk, `console-notices-${language}-${theme}`)
    await seat.close()
  })
}
