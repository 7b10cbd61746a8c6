// The areas of a street: an outline that crosses itself and one that overlaps are refused with their place; a split is saved and in force.
import type { Page } from '@playwright/test'
import { AxeBuilder } from './axe'
import { expect, shot, test } from './kit'
import type { Street } from './street'

test.use({ testIdAttribute: 'data-test', map: true })

interface AreaMap { version: number, features: { properties: { code: string, name: string } }[] }

async function enter(page: Page, street: Street, language: string, theme: string, account = 'leader') {
  await page.addInitScript(([l, t]) => {
    localStorage.setItem('ecd.language', l)
    localStorage.setItem('ecd.theme', t)
  }, [language, theme] as const)
  await page.goto(`${street.base}/admin/areas`)
  await page.fill('#username', account)
  await page.fill('#password', street.login(account).password)
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('area-tree').locator('li').first()).toBeVisible()
}

/** Clicks places of the map, each by its share of width and height, and says that it is done. */
async function draw(page: Page, corners: readonly (readonly [number, number])[]) {
  await expect(page.getByTestId('hint')).toBeVisible()
  await expect(page.getByTestId('map')).toHaveAttribute('data-idle', 'true', { timeout: 60_000 })
  const box = await page.getByTestId('map').boundingBox()
  if (!box) throw new Error('no map')
  for (const [x, y] of corners) {
    await page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 3 })
    await page.mouse.down()
    await page.mouse.up()
  }
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('hint')).toBeHidden()
}

for (const [language, theme] of [['zh-CN', 'light'], ['en', 'dark']] as const) {
  test(`areas are drawn, what is wrong is shown at its place, and a split is in force, in ${language} and ${theme}`, async ({ page, street, wrongs }) => {
    test.setTimeout(240_000)
    const { items } = await street.get<{ items: { code: string, level: string }[] }>('/api/v1/areas', 'leader')
    const [one, two] = items.filter(it => it.level === 'grid').map(it => it.code)
    const code = items.find(it => it.level === 'street')?.code ?? ''
    if (!one || !two) throw new Error('two grids are needed')
    const now = () => street.get<AreaMap>(`/api/v1/areas/${code}/map`, 'leader')
    await enter(page, street, language, theme)
    await expect(page.getByTestId('map')).toHaveAttribute('data-idle', 'true', { timeout: 60_000 })
    const before = await now()
    const choose = (area: string) => page.locator(`[data-area="${area}"]`).click()
    /** A test of the other language may have drawn already: what follows begins on an empty sheet. */
    const clear = async () => {
      for (const it of before.features) {
        await choose(it.properties.code)
        await page.getByTestId('take-off').click()
      }
      await expect(page.getByTestId('map')).toHaveAttribute('data-outlines', '0')
    }
    await choose(one)
    await expect(page.getByTestId('area-card')).toContainText(one)
    await shot(page, `areas-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    await clear()
    await choose(one)
    // A bow tie.
    await page.getByTestId('draw').click()
    await draw(page, [[0.2, 0.2], [0.5, 0.8], [0.5, 0.2], [0.2, 0.8]])
    const findings = page.getByTestId('findings').locator('li')
    await expect(findings.and(page.locator('[data-kind=self_crossing]')).first()).toBeVisible()
    await expect(page.getByTestId('save')).toBeDisabled()
    const view = await page.getByTestId('map').getAttribute('data-view')
    await findings.first().getByRole('button').click()
    await expect(page.getByTestId('map')).not.toHaveAttribute('data-view', view ?? '')
    await shot(page, `areas-crossed-${language}-${theme}`)
    await page.reload()
    await expect(page.getByTestId('map')).toHaveAttribute('data-idle', 'true', { timeout: 60_000 })
    await clear()
    await choose(one)
    await page.getByTestId('draw').click()
    await draw(page, [[0.2, 0.2], [0.45, 0.2], [0.45, 0.8], [0.2, 0.8]])
    await choose(two)
    await page.getByTestId('draw').click()
    await draw(page, [[0.4, 0.3], [0.7, 0.3], [0.7, 0.7], [0.4, 0.7]])
    const overlap = findings.and(page.locator('[data-kind=overlap]'))
    await expect(overlap).toHaveCount(1)
    await expect(page.getByTestId('save')).toBeDisabled()
    await shot(page, `areas-overlap-${language}-${theme}`)
    await page.getByTestId('undo').click()
    await choose(two)
    await page.getByTestId('draw').click()
    // Some pixels beside the corners of the first: they become the same.
    await draw(page, [[0.455, 0.205], [0.7, 0.2], [0.7, 0.8], [0.455, 0.795]])
    await expect(page.getByTestId('sound')).toBeVisible()
    await page.getByTestId('save').click()
    await expect(page.getByTestId('said')).toBeVisible()
    const saved = await now()
    expect(saved.version).toBe(before.version + 1)
    const shared = (saved.features as unknown as { geometry: { coordinates: number[][][] } }[]).map(it => new Set(it.geometry.coordinates[0]?.map(String)))
    expect([...(shared[0] ?? [])].filter(it => shared[1]?.has(it)).length, 'they share two corners').toBe(2)
    // Cut in two: the first keeps its code, the other gets the next.
    await choose(one)
    await page.getByTestId('cut').click()
    await draw(page, [[0.1, 0.5], [0.6, 0.5]])
    await expect(page.getByTestId('sound')).toBeVisible()
    await shot(page, `areas-cut-${language}-${theme}`)
    await page.getByTestId('save').click()
    await expect(page.getByTestId('said')).toBeVisible()
    const after = await now()
    expect([after.version, after.features.length]).toEqual([saved.version + 1, saved.features.length + 1])
    const made = after.features.map(it => it.properties.code).find(it => !saved.features.some(old => old.properties.code === it)) ?? ''
    const all = await street.get<{ items: { code: string }[] }>('/api/v1/areas', 'leader')
    expect(all.items.some(it => it.code === made), 'the new grid is on file').toBe(true)
    await expect(page.getByTestId('edit-log').locator('li').first()).toContainText(language === 'en' ? 'New map' : '区划图')
    await shot(page, `areas-saved-${language}-${theme}`, true)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    // Nobody's grid has followed; it does when somebody says so, and says so twice.
    const homes = () => street.get<{ moving: number }>(`/api/v1/areas/${code}/map/homes`, 'leader')
    const { moving } = await homes()
    expect(moving).toBeGreaterThan(0)
    await page.getByTestId('move-homes').click()
    expect((await homes()).moving).toBe(moving)
    await page.getByTestId('move-sure').click()
    await expect(page.getByTestId('said')).toContainText(String(moving))
    expect((await homes()).moving).toBe(0)
    await page.setViewportSize({ width: 360, height: 740 })
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth > 360 ? [...document.body.querySelectorAll('*')].filter(it => it.getBoundingClientRect().right > 361 && !it.closest('nav')).map(it => `${it.tagName}.${it.className}`).slice(0, 6) : [])
    expect(beyond).toEqual([])
    await shot(page, `areas-narrow-${language}-${theme}`, true)
    expect(wrongs).toEqual([])
  })
}

test('whoever may not draw looks', async ({ page, street, wrongs }) => {
  await enter(page, street, 'zh-CN', 'light', 'desk1')
  await page.getByTestId('area-tree').locator('button').last().click()
  await expect(page.getByTestId('area-card')).toBeVisible()
  await expect(page.getByTestId('draw')).toHaveCount(0)
  await expect(page.getByTestId('area-file')).toHaveCount(0)
  expect(wrongs).toEqual([])
})
