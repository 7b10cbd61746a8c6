// The rounds: the office sees who is due and how far the month has come and gives a plan and a code; whoever walks the grid sees their own
// visits, walks them in order, and records each with its proof, with a network or without.
import type { Page } from '@playwright/test'
import { AxeBuilder } from './axe'
import { PHONE, signIn as signInPhone } from './care-kit'
import { cutOff, expect, reconnect, shot, test } from './kit'
import { photoOfAPhone } from './photo'
import type { Street } from './street'

test.use({ testIdAttribute: 'data-test' })
const BOTH = [['zh-CN', 'light'], ['en', 'dark']] as const
const WORKER = 'grid1'
interface Visit { elder_id: string, name: string, lat?: number, lon?: number, pair: boolean, state: string, due_on: string }
const mine = async (street: Street) => (await street.get<{ items: Visit[] }>('/api/v1/responders/me/visits?ahead_days=31', WORKER)).items

async function speak(page: Page, [language, theme]: readonly [string, string]) {
  await page.addInitScript(([l, t]) => {
    localStorage.setItem('ecd.language', l)
    localStorage.setItem('ecd.theme', t)
  }, [language, theme] as const)
}
async function office(page: Page, street: Street, where: string, account = 'leader') {
  await page.goto(`${street.base}/admin/${where}`)
  await page.fill('#username', account)
  await page.fill('#password', street.login(account).password)
  await page.keyboard.press('Enter')
  await expect(page.locator('main h2')).toBeVisible()
}
async function fits(page: Page) {
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth ? [...document.body.querySelectorAll('*')].filter(it => it.getBoundingClientRect().right > innerWidth + 1 && !it.closest('.wide, nav')).map(it => `${it.tagName}.${it.className}`).slice(0, 6) : [])
  expect(beyond).toEqual([])
}

for (const both of BOTH) {
  const [language, theme] = both
  const en = language === 'en'
  test(`the office sees who is due, gives a plan, prints a code and reads the month, in ${language} and ${theme}`, async ({ page, street, wrongs }) => {
    await speak(page, both)
    await office(page, street, 'visits?state=all')
    const table = page.getByTestId('visits')
    await expect(table.locator('tbody tr').first()).toBeVisible()
    await expect(page.getByTestId('visits-off')).toBeVisible()
    await shot(page, `office-visits-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    // One grid: the list is of it, the sums stay whole.
    const grids = await page.getByTestId('visit-grids').locator('tbody tr').count()
    await page.getByTestId('visit-grids').locator('tbody tr .open').first().click()
    await expect(page).toHaveURL(/grid=\d{15}/)
    expect(await page.getByTestId('visit-grids').locator('tbody tr').count()).toBe(grids)
    await page.setViewportSize({ width: 360, height: 740 })
    await fits(page)
    await shot(page, `office-visits-narrow-${language}-${theme}`, true)
    await page.setViewportSize({ width: 1440, height: 900 })
    // A plan: wrong at its field, then taken, over a version that somebody else may have changed.
    const walked = new Set((await mine(street)).map(it => it.elder_id))
    const elder = (await street.get<{ items: Visit[] }>('/api/v1/visits?state=all', 'leader')).items.find(it => !it.pair && !walked.has(it.elder_id))
    if (!elder) throw new Error('nobody is visited')
    await page.goto(`${street.base}/admin/visits?state=all&id=${elder.elder_id}`)
    const dialog = page.getByTestId('visit')
    await expect(dialog).toContainText(elder.name)
    await page.getByTestId('plan-from').fill('11:00')
    await page.getByTestId('plan-until').fill('09:00')
    await page.getByTestId('plan-save').click()
    await expect(page.getByTestId('wrong-until')).toBeVisible()
    await page.getByTestId('plan-until').fill('12:00')
    await page.getByTestId('plan-days').fill('900')
    await page.getByTestId('plan-save').click()
    await expect(page.getByTestId('wrong-days')).toBeVisible()
    await page.getByTestId('plan-days').fill('1')
    await page.getByTestId('plan-save').click()
    await expect(page.getByTestId('visit-said')).toBeVisible()
    await expect(page.getByTestId('visit-holds')).toContainText(en ? 'every day' : '每天')
    await shot(page, `office-visit-plan-${language}-${theme}`)
    // A code, shown once; a second one asks first.
    const make = async () => {
      await page.getByTestId('code-make').click()
      const sure = page.getByTestId('code-sure')
      await expect(sure.or(page.getByTestId('visit-code'))).toBeVisible()
      if (await sure.isVisible()) await sure.click()
      await expect(page.getByTestId('visit-code').locator('img')).toBeVisible()
      return (await page.getByTestId('visit-code').locator('code').innerText()).trim()
    }
    const first = await make()
    expect(first).toMatch(/^ecd-visit:[\w-]{43}$/)
    await shot(page, `office-visit-code-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    const printed = await page.evaluate(() => new Promise<string>(done => { window.print = () => done(document.querySelector('.print-sheet')?.textContent ?? '') ; (document.querySelector('[data-test=code-print]') as HTMLElement).click() }))
    expect(printed).toContain(first)
    expect(printed).not.toContain(elder.name)
    await page.goto(`${street.base}/admin/visits?state=all&id=${elder.elder_id}`)
    await page.getByTestId('code-make').click()
    await expect(page.getByTestId('code-sure')).toBeVisible()
    await page.getByTestId('code-sure').click()
    await expect(page.getByTestId('visit-code').locator('code')).not.toHaveText(first)
    const code = (await page.getByTestId('visit-code').locator('code').innerText()).trim()
    // A visit by that code, with a photo: it stands in the list with its proof, and the photo opens.
    const path = `/api/v1/elders/${elder.elder_id}/visits`
    const { visit } = await street.post<{ visit: { id: string, counts: boolean } }>(path, { way: 'door', result: 'well', code }, 'leader')
    expect(visit.counts).toBe(true)
    const sent = await fetch(`${street.base}${path}/${visit.id}/photo?consent=door`, { method: 'POST', headers: { authorization: `Bearer ${await street.token('leader')}`, 'content-type': 'image/jpeg' }, body: new Uint8Array(await photoOfAPhone(page, 900, 700)) })
    expect(sent.status, await sent.clone().text()).toBe(200)
    await page.goto(`${street.base}/admin/visits?state=all&id=${elder.elder_id}`)
    const past = page.locator(`[data-visit="${visit.id}"]`)
    await expect(past).toHaveAttribute('data-counts', 'true')
    await expect(past).toContainText(en ? 'code' : '门码')
    await past.getByTestId('visit-photo').click()
    await expect(past.locator('figure img')).toBeVisible()
    await past.scrollIntoViewIfNeeded()
    await shot(page, `office-visit-past-${language}-${theme}`)
    await page.setViewportSize({ width: 360, height: 740 })
    await fits(page)
    await shot(page, `office-visit-narrow-${language}-${theme}`)
    await page.setViewportSize({ width: 1440, height: 900 })
    // The month.
    await page.goto(`${street.base}/admin/visits?tab=month`)
    await expect(page.getByTestId('visit-coverage').locator('tbody tr').first()).toBeVisible()
    const all = await street.get<{ all: { visits: number, by_code: number } }>('/api/v1/visits/coverage', 'leader')
    expect(all.all.by_code).toBeGreaterThan(0)
    await expect(page.getByTestId('visit-coverage').locator('tr.all')).toContainText(String(all.all.visits))
    await shot(page, `office-visit-month-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    await page.setViewportSize({ width: 360, height: 740 })
    await fits(page)
    await shot(page, `office-visit-month-narrow-${language}-${theme}`)
    expect(wrongs).toEqual([])
  })
}

test('an auditor reads the visits and changes nothing', async ({ page, street, wrongs }) => {
  const [elder] = (await street.get<{ items: Visit[] }>('/api/v1/visits?state=all', 'leader')).items
  const auditor = street.logins.users.find(it => it.role === 'auditor')?.username
  test.skip(!auditor, 'this street has no auditor')
  await office(page, street, `visits?state=all&id=${elder?.elder_id}`, auditor)
  await expect(page.getByTestId('visit')).toBeVisible()
  await expect(page.getByTestId('plan-save')).toHaveCount(0)
  await expect(page.getByTestId('code-make')).toHaveCount(0)
  expect(wrongs).toEqual([])
})

test.describe('on the phone', () => {
  test.use(PHONE)
  for (const both of BOTH) {
    const [language, theme] = both
    test(`my visits are a list and a round, and each is recorded with its proof, in ${language} and ${theme}`, async ({ page, context, street, wrongs }) => {
      await street.duty(WORKER, true)
      const all = (await mine(street)).filter(it => it.lat && !it.pair)
      expect(all.length).toBeGreaterThan(2)
      const [a, b] = language === 'en' ? [all[2], all[3]] : [all[0], all[1]]
      if (!a?.lat || !a.lon || !b?.lat || !b.lon) throw new Error('nobody to visit')
      // All of them each day: they are on the list of the week.
      for (const it of [a, b]) await fetch(`${street.base}/api/v1/elders/${it.elder_id}/visit-plan`, { method: 'PUT', headers: { authorization: `Bearer ${await street.token('leader')}`, 'content-type': 'application/json', 'if-match': '"0"' }, body: JSON.stringify({ days: 1 }) })
      await context.setGeolocation({ latitude: a.lat + 0.0002, longitude: a.lon, accuracy: 12 })
      await speak(page, both)
      await signInPhone(page, street, WORKER)
      await page.getByTestId('tab-visits').click()
      await page.locator('[data-ahead="7"]').click()
      const card = (it: Visit) => page.locator(`[data-test=visit][data-elder="${it.elder_id}"]`)
      await expect(card(a)).toBeVisible()
      await shot(page, `care-visits-${language}-${theme}`)
      expect((await new AxeBuilder(page).serious()).filter(it => !it.startsWith('target-size'))).toEqual([])
      await fits(page)
      // In the order of the round.
      await page.getByTestId('plan-round').click()
      await expect(page.getByTestId('round')).toBeVisible()
      await shot(page, `care-round-${language}-${theme}`)
      await page.getByTestId('to-list').click()
      // What is wanted is said at its field; then the position proves it.
      await card(a).getByTestId('visit-record').click()
      await expect(page.getByTestId('visit-place')).toHaveClass(/have/)
      await page.getByTestId('visit-file-it').click()
      await expect(page.getByTestId('wrong-result')).toBeVisible()
      await page.locator('[data-result=needs_attention]').click()
      await page.getByTestId('visit-file-it').click()
      await expect(page.getByTestId('wrong-words')).toBeVisible()
      await page.locator('[data-result=well]').click()
      await shot(page, `care-visit-${language}-${theme}`)
      expect((await new AxeBuilder(page).serious()).filter(it => !it.startsWith('target-size'))).toEqual([])
      await page.getByTestId('visit-code').fill('ecd-visit:nothing')
      await page.getByTestId('visit-file-it').click()
      await expect(page.getByTestId('wrong-code')).toBeVisible()
      await page.getByTestId('visit-code').fill('')
      await page.getByTestId('visit-file-it').click()
      await expect(page.getByTestId('visit-sheet')).toBeHidden()
      const filed = async (it: Visit) => (await street.get<{ items: { proof: string, counts: boolean, at: string, filed_at: string, photo: boolean }[] }>(`/api/v1/elders/${it.elder_id}/visits`, 'leader')).items
      await expect.poll(async () => (await filed(a)).map(it => [it.proof, it.counts])).toEqual([['position', true]])
      // A vague position proves nothing; the photo that is added at once does.
      await context.setGeolocation({ latitude: b.lat + 0.0009, longitude: b.lon, accuracy: 80 })
      await card(b).getByTestId('visit-record').click()
      await expect(page.getByTestId('visit-place')).toHaveClass(/have/)
      await page.locator('[data-result=well]').click()
      await page.getByTestId('visit-file-it').click()
      await expect(page.getByTestId('visit-not')).toHaveAttribute('data-why', 'proof_unsure')
      await page.getByTestId('visit-file').setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: await photoOfAPhone(page, 1_200, 900) })
      await page.getByTestId('visit-add').click()
      await expect(page.getByTestId('wrong-consent')).toBeVisible()
      await page.locator('[data-right=door]').click()
      await shot(page, `care-visit-not-${language}-${theme}`)
      await page.getByTestId('visit-add').click()
      await expect.poll(async () => (await filed(b)).map(it => [it.proof, it.counts, it.photo])).toEqual([['photo', true, true]])
      await expect(page.getByTestId('visit-sheet')).toBeHidden()
      // Without a network it is kept with its photo, and goes when there is one.
      await cutOff(context)
      await card(b).getByTestId('visit-record').click()
      await page.locator('[data-result=not_home]').click()
      await page.getByTestId('visit-file').setInputFiles({ name: 'b.jpg', mimeType: 'image/jpeg', buffer: await photoOfAPhone(page, 1_200, 900) })
      await page.locator('[data-right=door]').click()
      await page.getByTestId('visit-file-it').click()
      await expect(page.getByTestId('visit-sheet')).toBeHidden()
      await expect(card(b).getByTestId('visit-standing')).toHaveClass(/warn/)
      await shot(page, `care-visits-offline-${language}-${theme}`)
      expect(await filed(b)).toHaveLength(1)
      await reconnect(context)
      await expect.poll(async () => (await filed(b)).map(it => [it.counts, it.photo]), { timeout: 40_000 }).toEqual([[false, true], [true, true]])
      expect(wrongs).toEqual([])
    })
  }

  test('the camera reads the code where the browser can, and the list opens without a network', async ({ page, context, street, wrongs }) => {
    await street.duty(WORKER, true)
    const it = (await mine(street)).filter(one => one.lat && !one.pair)[4]
    if (!it) throw new Error('nobody to visit')
    await fetch(`${street.base}/api/v1/elders/${it.elder_id}/visit-plan`, { method: 'PUT', headers: { authorization: `Bearer ${await street.token('leader')}`, 'content-type': 'application/json', 'if-match': '"0"' }, body: JSON.stringify({ days: 1 }) })
    const { code } = await street.post<{ code: string }>(`/api/v1/elders/${it.elder_id}/visit-code`, {}, 'leader')
    // Indoors: the position says too little, and the code what it does not.
    await context.setGeolocation({ latitude: it.lat ?? 0, longitude: it.lon ?? 0, accuracy: 300 })
    await page.addInitScript(said => {
      Object.assign(window, { BarcodeDetector: class { detect() { return Promise.resolve([{ rawValue: said }]) } } })
      const canvas = document.createElement('canvas')
      Object.defineProperty(navigator, 'mediaDevices', { value: { getUserMedia: () => Promise.resolve(canvas.captureStream(5)) } })
      HTMLMediaElement.prototype.play = () => Promise.resolve()
    }, code)
    await signInPhone(page, street, WORKER)
    await page.getByTestId('tab-visits').click()
    await page.locator('[data-ahead="7"]').click()
    const card = page.locator(`[data-test=visit][data-elder="${it.elder_id}"]`)
    await card.getByTestId('visit-record').click()
    await page.getByTestId('scan').click()
    await expect(page.getByTestId('visit-code')).toHaveValue(code)
    await page.locator('[data-result=declined]').click()
    await page.getByTestId('visit-file-it').click()
    await expect.poll(async () => (await street.get<{ items: { proof: string, counts: boolean }[] }>(`/api/v1/elders/${it.elder_id}/visits`, 'leader')).items.map(one => [one.proof, one.counts])).toContainEqual(['code', true])
    // A reload in a cellar.
    await expect(page.getByTestId('visit').first()).toBeVisible()
    await cutOff(context)
    await page.reload()
    await expect(page.getByTestId('visits-kept')).toBeVisible()
    await expect(page.getByTestId('visit').first()).toBeVisible()
    await reconnect(context)
    expect(wrongs).toEqual([])
  })
})
