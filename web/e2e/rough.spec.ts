// Rough use: a link that is too old, names that are too long, a home that nobody has put on the map.
import type { Page } from '@playwright/test'
import { hold, ME, PHONE, signIn as signInOnPhone, stage } from './care-kit'
import { expect, row, shot, signIn, test, watch } from './kit'
import { type CaseView, Street } from './street'

test.use({ testIdAttribute: 'data-test' })

const LONG = [
  { code: 'LONG-1', name: '阿卜杜热合曼·买买提艾力·吐尔逊江·努尔麦麦提·依布拉依木·赛麦提尼亚孜·奥斯曼尼亚孜·库尔班江·玉苏普卡地尔·麦麦提明' },
  { code: 'LONG-2', name: 'Wolfeschlegelsteinhausenbergerdorff Featherstonehaugh-Cholmo' },
]
const NOWHERE = { code: 'NOWHERE-1', name: '何处寻' }
interface Known { items: { id: string, name: string, area_code: string }[] }

/** Brings them in and answers their ids, once the service at work knows them. */
async function people(street: Street): Promise<Map<string, string>> {
  const all = () => street.get<Known>('/api/v1/elders?limit=500')
  const mine = await street.get<{ areas: string[] }>(`/api/v1/responders/${street.login(ME).responder_id}`)
  const beside = (await all()).items.find(it => mine.areas.some(area => it.area_code.startsWith(area)))
  const common = { grid_code: beside?.area_code ?? '', needs: 'living_alone', born: '1941-03-08' }
  // A service at work takes in the register's news once a minute; one that starts has them.
  await street.kill('SIGTERM')
  const at = { lat: '39.3873', lon: '117.0335', crs: 'wgs84' }
  const none = { lat: '', lon: '', crs: '' }
  await street.bring('elders', [
    ...LONG.map(it => ({ elder_code: it.code, name: it.name, address: `${'长'.repeat(30)}街道${it.code}号楼`, ...at, ...common })),
    { elder_code: NOWHERE.code, name: NOWHERE.name, address: '清泉里没有编号的平房', ...none, ...common },
  ])
  await street.start()
  const names = [...LONG, NOWHERE].map(it => it.name)
  const found = new Map<string, string>()
  await expect.poll(async () => {
    for (const it of (await all()).items) if (names.includes(it.name)) found.set(it.name, it.id)
    return found.size
  }, { timeout: 30_000 }).toBe(names.length)
  // They are on file; who asks and who is asked is known to the service from its next look at the register on.
  for (const id of found.values()) await expect.poll(() => street.get(`/api/v1/elders/${id}`).then(() => true, () => false), { timeout: 90_000 }).toBe(true)
  return found
}
const wide = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
/** What is drawn beyond the edge of the screen, though nothing scrolls there. */
const beyond = (page: Page, text: string) => page.evaluate(it => {
  const found: string[] = []
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (!node.textContent?.includes(it) || !node.parentElement?.checkVisibility()) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const box = range.getBoundingClientRect()
    const clip = getComputedStyle(node.parentElement).textOverflow === 'ellipsis'
    if (!clip && box.width && (box.right > innerWidth + 1 || box.left < -1)) found.push(node.parentElement.outerHTML.slice(0, 120))
  }
  return found
}, text)
const send = (street: Street, id: string) => street.post<unknown>(`/api/v1/cases/${id}/assign`, { responder_id: street.login(ME).responder_id, eta_s: 120 })

test('a link of the family that is older than 72 hours opens nothing, and says why', async ({ page }) => {
  test.setTimeout(240_000)
  // A street whose clock runs ahead: what was made before is as old as it would be.
  const street = new Street()
  try {
    await street.start()
    const wrongs = watch(page, street)
    const [of] = await street.kin(0)
    if (!of) throw new Error('nobody')
    const [old, younger] = [await street.familyLink(of), (await street.kin(1))[0]]
    if (!younger) throw new Error('nobody else')
    await street.kill()
    await street.start(undefined, 73)
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(old)
    await page.fill('#digits', of.digits)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('alert')).toContainText('已过期')
    await expect(page.locator('#digits')).toBeHidden()
    expect(await page.content()).not.toContain(of.elderName)
    await shot(page, 'family-expired-zh-CN')
    // It is the link that is too old and not the page: a new one opens.
    await page.goto('about:blank')
    await page.goto(await street.familyLink(younger))
    await page.fill('#digits', younger.digits)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { level: 1 })).toContainText(younger.elderName)
    expect(wrongs).toEqual([])
  } finally {
    await street.end()
  }
})

test('a name of 60 letters stands whole on the desk and the phone, and pushes nothing off the screen; the wall has no names', async ({ page, street, wrongs, browser }) => {
  test.setTimeout(180_000)
  await street.clear()
  const ids = await people(street)
  await signIn(page, street)
  for (const [n, { name, code }] of LONG.entries()) {
    expect(name.length).toBe(60)
    const it = await street.report(ids.get(name) ?? '', 'sos')
    await row(page, it.id).click()
    await expect(page.getByTestId('case')).toContainText(name)
    expect(await wide(page), `${code} on the desk`).toBeLessThanOrEqual(0)
    expect(await beyond(page, name.slice(0, 12)), `${code} on the desk`).toEqual([])
    await page.locator('#tab-elder').click()
    await expect(page.getByTestId('case')).toContainText(name)
    await shot(page, `rough-desk-${n}`)

    const context = await browser.newContext({ ...PHONE })
    const phone = await context.newPage()
    const said = watch(phone, street)
    await signInOnPhone(phone, street)
    await send(street, it.id)
    await expect(phone.getByTestId('sent')).toContainText(name)
    await shot(phone, `rough-sent-${n}`)
    expect(await wide(phone), `${code} in the order`).toBeLessThanOrEqual(0)
    expect(await beyond(phone, name.slice(0, 12)), `${code} in the order`).toEqual([])
    await hold(phone, phone.getByTestId('sent-go'), () => expect(phone.getByTestId('task')).toBeVisible())
    await expect(phone.getByTestId('elder')).toContainText(name)
    expect(await wide(phone), `${code} on the task`).toBeLessThanOrEqual(0)
    expect(await beyond(phone, name.slice(0, 12)), `${code} on the task`).toEqual([])
    await shot(phone, `rough-task-${n}`, true)
    await phone.locator('header button').first().click()
    await expect(phone.getByTestId('task-card')).toContainText(name)
    expect(await wide(phone), `${code} at home`).toBeLessThanOrEqual(0)
    await shot(phone, `rough-home-${n}`)
    expect(said).toEqual([])
    await context.close()
    // Who leads one case is not sent to the next.
    await street.post(`/api/v1/cases/${it.id}/stand-down`, { responder_id: street.login(ME).responder_id })
  }
  const { link } = await street.post<{ link: string }>('/api/v1/walls', { label: '一楼' }, 'leader')
  await page.setViewportSize({ width: 1920, height: 1080 })
  await page.goto(link)
  await expect(page.getByTestId('open')).toHaveAttribute('data-open', String(LONG.length))
  const shown = await page.content()
  for (const { name } of LONG) expect(shown).not.toContain(name.slice(0, 6))
  expect(await wide(page)).toBeLessThanOrEqual(0)
  expect(wrongs).toEqual([])
})

test('an elder without a position is helped all the same: by the address, and nothing is made up', async ({ page, street, wrongs, browser }) => {
  test.setTimeout(180_000)
  await street.clear()
  const ids = await people(street)
  await signIn(page, street)
  const it = await street.report(ids.get(NOWHERE.name) ?? '', 'sos')
  expect((await street.get<CaseView>(`/api/v1/cases/${it.id}`)).place).toBeUndefined()
  await row(page, it.id).click()
  await expect(page.getByTestId('case')).toContainText(NOWHERE.name)
  await expect(page.getByTestId('case')).toContainText('清泉里没有编号的平房')
  expect(await page.getByTestId('case').innerText()).not.toMatch(/NaN|undefined|null/)
  await shot(page, 'rough-desk-nowhere')

  const context = await browser.newContext({ ...PHONE })
  const phone = await context.newPage()
  const said = watch(phone, street)
  await signInOnPhone(phone, street)
  await send(street, it.id)
  await expect(phone.getByTestId('sent')).toContainText('清泉里没有编号的平房')
  await hold(phone, phone.getByTestId('sent-go'), () => expect(phone.getByTestId('task')).toBeVisible())
  await expect(phone.getByTestId('address')).toContainText('没有坐标')
  await expect(phone.getByTestId('address').locator('a')).toHaveCount(0)
  expect(await phone.locator('body').innerText()).not.toMatch(/NaN|undefined|null/)
  await shot(phone, 'rough-task-nowhere', true)
  await phone.getByTestId('step-arrive').click()
  await stage(phone).toBe('arrived')
  await expect(page.getByTestId('case')).toContainText('已到门')
  expect(said).toEqual([])
  expect(wrongs).toEqual([])
  await context.close()
})
