// Practice, replay, stations and a foreign base map on a real street.
import { createServer } from 'node:http'
import { AxeBuilder } from './axe'
import { expect, row, shot, signIn, test, watch } from './kit'
import { ME, PHONE, signIn as signInOnPhone } from './care-kit'

test.use({ testIdAttribute: 'data-test', map: true })

test('C17: a practice case is made on the console, marked everywhere, and nobody else sees it', async ({ page, browser, street, wrongs: _ }) => {
  await street.clear()
  await page.addInitScript(() => { if (!localStorage.getItem('ecd.language')) { localStorage.setItem('ecd.language', 'en'); sessionStorage.setItem('ecd.soundTested', 'true') } })
  await signIn(page, street)
  await page.getByTestId('practice').click()
  await page.getByTestId('practice-join').click()
  await expect(page.getByTestId('practice-bar')).toBeVisible()
  await page.getByTestId('practice-elder').first().click()
  expect(await new AxeBuilder(page).serious()).toEqual([])
  await shot(page, 'practice-dialog-en')
  await page.getByTestId('practice-begin').click()
  await expect(page.getByTestId('case').getByTestId('practice-strip')).toBeVisible({ timeout: 15_000 })
  const { items } = await street.get<{ items: { id: string, drill: boolean }[] }>('/api/v1/cases?open=true')
  const drill = items.find(it => it.drill)
  if (!drill) throw new Error('no practice case')
  await expect(row(page, drill.id).getByTestId('practice-mark')).toBeVisible()
  await expect(page.getByTestId('figures')).toContainText('0')
  await expect(page.locator('[data-act="refer-120"]')).toBeDisabled()
  // Only who takes part can be sent, and is named.
  const { responders } = await street.get<{ responders: { responder_id: string }[] }>('/api/v1/practice')
  const named = await page.getByTestId('candidates').locator('li').evaluateAll(all => (all as HTMLElement[]).map(e => e.dataset.responder))
  expect(named.filter(it => !responders.some(r => r.responder_id === it))).toEqual([])
  await shot(page, 'practice-desk-en')
  const answer = await fetch(`${street.base}/api/v1/cases/${drill.id}`, { headers: { authorization: `Bearer ${await street.token('leader')}` } })
  expect(answer.status).toBe(404)
  // The same in Chinese and in the dark.
  await page.evaluate(() => { localStorage.setItem('ecd.language', 'zh-CN'); localStorage.setItem('ecd.theme', 'dark') })
  await page.reload()
  await expect(page.getByTestId('practice-bar')).toContainText('演练')
  await expect(page.getByTestId('map')).toHaveAttribute('data-ready', 'true', { timeout: 60_000 })
  expect(await new AxeBuilder(page).serious()).toEqual([])
  await shot(page, 'practice-desk-zh-CN-dark')
  // A phone that has joined: the offer says what it is, and what is real pushes it away.
  const phone = await browser.newContext(PHONE)
  try {
    const hand = await phone.newPage()
    const wrongs = watch(hand, street)
    await street.duty(ME, true)
    await street.practiceFor(ME)
    await signInOnPhone(hand, street)
    await expect(hand.getByTestId('offer')).toBeVisible({ timeout: 15_000 })
    await expect(hand.getByTestId('offer').getByTestId('practice-strip')).toBeVisible()
    await shot(hand, 'practice-offer-zh-CN')
    const real = await street.ringFor(ME, 'sos')
    await expect(hand.getByTestId('offer')).toHaveAttribute('data-case', real.id)
    await expect(hand.getByTestId('offer').getByTestId('practice-strip')).toBeHidden()
    expect(wrongs).toEqual([])
  } finally {
    await phone.close()
  }
  await street.practise(ME, false)
  // Its end moves no row from under a hand: the room of the bar is given back by one.
  const top = async () => (await page.getByTestId('rows').boundingBox())?.y
  const before = await top()
  await page.getByTestId('practice-leave').click()
  await expect(page.getByTestId('practice-over')).toBeVisible()
  await expect(page.getByTestId('practice-bar')).toBeHidden()
  await expect(row(page, drill.id)).toBeHidden({ timeout: 15_000 })
  expect(await top()).toBe(before)
  await page.getByTestId('practice-ok').click()
  await expect(page.getByTestId('practice-over')).toBeHidden()
})

test('C17: a closed case is played back, as it stood at each instant, and can only be looked at', async ({ desk, street }) => {
  const it = await street.ring('sos')
  await street.post(`/api/v1/cases/${it.id}/voice-result`, { result: 'fine' })
  await street.post(`/api/v1/cases/${it.id}/close`, { outcome: 'false_alarm', proof: { type: 'voice_contact' } })
  await desk.goto(`${street.base}/console/replay`)
  await desk.locator(`[data-test=replay-list] a[href$="${it.id}"]`).click()
  const then = desk.getByTestId('replay-then')
  await expect(then).toHaveAttribute('data-state', 'ringing')
  await expect(desk.getByTestId('replay-banner')).toBeVisible()
  const slider = desk.getByTestId('replay-slider')
  await slider.focus()
  await desk.keyboard.press('End')
  await expect(then).toHaveAttribute('data-state', 'closed')
  await expect(then).toHaveAttribute('data-version', await desk.getByTestId('replay-at').getAttribute('data-of') ?? '')
  await desk.keyboard.press('Home')
  await expect(then).toHaveAttribute('data-version', '1')
  await desk.getByTestId('replay-next').click()
  await expect(then).toHaveAttribute('data-version', '2')
  expect(await desk.locator('[data-act]').count()).toBe(0)
  // Whoever looks at the past hears the next call: its tone, its name, the number in the title, and the way to it.
  await expect(desk.getByTestId('link')).toHaveClass(/live/)
  const call = await street.ring('sos')
  await expect(desk.getByTestId('ring-bar')).toContainText(call.elder?.name ?? '')
  await expect(desk).toHaveTitle(/^\(1\)/)
  expect(await new AxeBuilder(desk).serious()).toEqual([])
  await shot(desk, 'replay-ringing-zh-CN')
  await desk.getByTestId('ring-open').click()
  await expect(desk.getByTestId('case')).toContainText(call.elder?.name ?? '')
  await expect(desk.getByTestId('sound')).toHaveAttribute('data-ringing', 'critical')
  await desk.getByTestId('account').click()
  await desk.getByTestId('to-replay').click()
  await desk.locator(`[data-test=replay-list] a[href$="${it.id}"]`).click()
  await expect(desk.getByTestId('replay-then')).toHaveAttribute('data-state', 'ringing')
  expect(await new AxeBuilder(desk).serious()).toEqual([])
  await shot(desk, 'replay-zh-CN')
  await desk.evaluate(() => { localStorage.setItem('ecd.language', 'en'); localStorage.setItem('ecd.theme', 'dark') })
  await desk.reload()
  await expect(then).toHaveAttribute('data-version', '1')
  expect(await new AxeBuilder(desk).serious()).toEqual([])
  await shot(desk, 'replay-en-dark')
})

test('C17: a replay names who was asked though no list of the desk has them, as the family of an elder', async ({ desk, street }) => {
  const it = await street.ring('sos')
  const asked = async () => (await street.get<{ offers: { responder_name?: string | null }[] }>(`/api/v1/cases/${it.id}`)).offers
  await expect.poll(async () => (await asked()).length).toBeGreaterThan(0)
  const name = (await asked())[0]?.responder_name ?? '-'
  await street.post(`/api/v1/cases/${it.id}/voice-result`, { result: 'fine' })
  await street.post(`/api/v1/cases/${it.id}/close`, { outcome: 'false_alarm', proof: { type: 'voice_contact' } })
  await desk.route('**/api/v1/responders?*', route => route.fulfill({ json: { items: [], next: null } }))
  await desk.goto(`${street.base}/console/replay/${it.id}`)
  await expect(desk.locator('.log ol')).toContainText(name)
  expect(await desk.locator('main').innerText()).not.toContain('resp_')
})

test('a base map of another host: its pictures are asked there, its number is shown, and the policy lets in no third', async ({ page, street }) => {
  test.setTimeout(180_000)
  const asked: string[] = []
  const one = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkqPpfDwAEWQHPc0mGzAAAAABJRU5ErkJggg==', 'base64')
  const far = createServer((request, answer) => {
    asked.push(request.url ?? '')
    answer.writeHead(200, { 'content-type': 'image/png', 'access-control-allow-origin': '*' }).end(one)
  })
  await new Promise<void>(done => far.listen(0, '127.0.0.1', done))
  const address = far.address()
  const host = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  await street.kill()
  try {
    await street.start({ ECD_MAP__TILES_URL: `${host}/{z}/{x}/{y}.png`, ECD_MAP__REVIEW_NUMBER: 'GS(2024)0650号', ECD_MAP__TILES_CRS: 'gcj02', ECD_MAP__ATTRIBUTION: '天地图' })
    const policy = (await fetch(`${street.base}/console`)).headers.get('content-security-policy') ?? ''
    expect(policy.match(/https?:\/\/[^ ;]+/g)).toEqual([host, host])
    expect((await fetch(`${street.base}/care`)).headers.get('content-security-policy')).not.toContain(host)
    const refused: string[] = []
    page.on('console', it => { if (/Content Security Policy/i.test(it.text())) refused.push(it.text()) })
    const others: string[] = []
    page.on('request', it => { if (![street.base, host, street.base.replace('http', 'ws'), 'data:', 'blob:'].some(from => it.url().startsWith(from))) others.push(it.url()) })
    const it = await street.ring('sos')
    await signIn(page, street)
    await row(page, it.id).click()
    await expect.poll(() => asked.length, { timeout: 60_000 }).toBeGreaterThan(0)
    expect(asked[0]).toMatch(/^\/\d+\/\d+\/\d+\.png$/)
    await expect(page.locator('.maplibregl-ctrl-attrib')).toContainText('GS(2024)0650号')
    expect([refused, others]).toEqual([[], []])
    // A third host is not let in, whatever asks for it.
    const third = await page.evaluate(async () => fetch('http://127.0.0.2:9/x').then(() => 'let in', () => 'refused'))
    expect(third).toBe('refused')
    await expect.poll(() => refused.length).toBeGreaterThan(0)
  } finally {
    await street.kill()
    far.close()
    await street.start()
  }
})

test('C3: stations are on the map, with a legend of those that there are, and go with one key', async ({ desk, street }) => {
  const { items } = await street.get<{ items: { lat?: number }[] }>('/api/v1/stations')
  const placed = items.filter(it => it.lat != null).length
  expect(placed).toBeGreaterThan(0)
  const key = desk.getByTestId('stations')
  await expect(key).toHaveAttribute('data-stations', String(placed))
  await desk.locator('.legend > button').click()
  await expect(desk.locator('.legend .signs')).toContainText('AED')
  await shot(desk, 'stations-zh-CN')
  await key.click()
  await expect(key).toHaveAttribute('data-stations', '0')
  await expect(desk.locator('.legend .signs')).toBeHidden()
  await key.click()
})

test.describe('on the phone', () => {
  test.use(PHONE)
  test('G7: the nearest AED stands on the task, with the minutes on foot', async ({ page, street, wrongs: _ }) => {
    await street.clear()
    await street.duty(ME, true)
    const it = await street.ringFor(ME, 'fall')
    const offer = it.offers.find(o => o.responder_id === street.login(ME).responder_id)
    await street.post(`/api/v1/offers/${offer?.id}/accept`, { eta_s: 120 }, ME)
    await signInOnPhone(page, street)
    await page.goto(`${street.base}/care/task/${it.id}`)
    const aed = page.getByTestId('aed')
    await expect(aed).toContainText('AED')
    await expect(aed).toContainText('分钟')
    expect(Number(await aed.getAttribute('data-seconds'))).toBeGreaterThan(0)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    await aed.scrollIntoViewIfNeeded()
    await shot(page, 'care-aed-zh-CN')
  })
})
