// The plans of a street: a mistake is filed nowhere, what changes is seen before it is filed, a loosening waits for somebody else, and a
// preview says what the service would do.
import type { Page } from '@playwright/test'
import { AxeBuilder } from './axe'
import { expect, shot, test } from './kit'
import type { Street } from './street'

test.use({ testIdAttribute: 'data-test' })
const BOTH = [['zh-CN', 'light'], ['en', 'dark']] as const
interface Preview { plan: string, moments: { at_s: number, steps: string[], asked: { responder_id: string, name?: string }[], rings: string[] }[] }
interface Plans { version: number, in_force: { plans: { rules: { kinds: string[], needs?: string[], steps: { at_s: number, what: string }[] }[] } }, proposals: { id: string }[] }

async function enter(page: Page, street: Street, [language, theme]: readonly [string, string], account: string) {
  await page.addInitScript(([l, t]) => {
    localStorage.setItem('ecd.language', l)
    localStorage.setItem('ecd.theme', t)
  }, [language, theme] as const)
  await page.goto(`${street.base}/admin/plans`)
  await page.fill('#username', account)
  await page.fill('#password', street.login(account).password)
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('plans').locator('tbody tr').first()).toBeVisible()
}
async function fits(page: Page) {
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth ? [...document.body.querySelectorAll('*')].filter(it => it.getBoundingClientRect().right > innerWidth + 1 && !it.closest('.wide, nav')).map(it => `${it.tagName}.${it.className}`).slice(0, 6) : [])
  expect(beyond).toEqual([])
}
const plans = (street: Street) => street.get<Plans>('/api/v1/plans', 'leader')
/** The rule for a press of somebody who lives alone, and the second of its street. */
async function alone(street: Street) {
  const { in_force } = await plans(street)
  const at = in_force.plans.rules.findIndex(it => it.needs?.length === 1 && it.needs[0] === 'living_alone' && it.kinds.includes('sos'))
  const steps = in_force.plans.rules[at]?.steps ?? []
  return { at, street: steps.findIndex(it => it.what === 'street'), second: steps.find(it => it.what === 'street')?.at_s ?? 0 }
}
async function edit(page: Page, at: number, step: number, second: number) {
  await page.locator(`[data-edit="${at}"]`).click()
  const dialog = page.getByTestId('plan-rule')
  await expect(dialog).toBeVisible()
  await dialog.locator(`[data-step="${step}"] input[type=number]`).fill(String(second))
  await page.getByTestId('rule-take').click()
  return dialog
}

for (const both of BOTH) {
  const [language, theme] = both
  const en = language === 'en'
  test(`a mistake is filed nowhere, a change is seen before it is filed, and a loosening waits, in ${language} and ${theme}`, async ({ page, browser, street, wrongs }) => {
    const [rule, before] = [await alone(street), await plans(street)]
    await enter(page, street, both, 'leader')
    await expect(page.getByTestId('plans').locator('tbody tr')).toHaveCount(before.in_force.plans.rules.length)
    const row = page.locator(`[data-rule="${rule.at}"]`)
    // A need is its colour and its word.
    await expect(row.locator('.need svg')).toHaveCount(1)
    await expect(row.locator('.need')).not.toHaveText('')
    await shot(page, `plans-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    await page.setViewportSize({ width: 360, height: 740 })
    await fits(page)
    await shot(page, `plans-narrow-${language}-${theme}`)
    await page.setViewportSize({ width: 1440, height: 900 })
    // Beyond the fifteen minutes, and before the grid: the dialog does not let go, and says so at the field.
    const dialog = await edit(page, rule.at, rule.street, 901)
    await expect(dialog.locator(`[data-wrong="steps[${rule.street}]"]`)).toContainText('900')
    await dialog.locator('[data-limit=door_s] input').fill('2000')
    await page.getByTestId('rule-take').click()
    await expect(dialog.locator('[data-wrong=door_s]')).toContainText('900')
    await shot(page, `plans-rule-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    await page.setViewportSize({ width: 360, height: 740 })
    await fits(page)
    await shot(page, `plans-rule-narrow-${language}-${theme}`)
    await page.setViewportSize({ width: 1440, height: 900 })
    expect((await plans(street)).version).toBe(before.version)
    await dialog.locator('[data-limit=door_s] input').fill('')
    // Sooner: nothing to file before it was looked at.
    await dialog.locator(`[data-step="${rule.street}"] input[type=number]`).fill(String(rule.second - 30))
    await page.getByTestId('rule-take').click()
    await expect(dialog).toBeHidden()
    await expect(page.getByTestId('plan-file')).toHaveCount(0)
    await page.getByTestId('plan-compare').click()
    const diff = page.getByTestId('plan-diff')
    await expect(diff.locator('[data-looser=false] [data-figure=street]')).toContainText(en ? `${rule.second} s → ${rule.second - 30} s` : `${rule.second} 秒 → ${rule.second - 30} 秒`)
    await expect(diff.locator('[data-looser=true]')).toHaveCount(0)
    await shot(page, `plans-diff-${language}-${theme}`)
    await page.getByTestId('plan-file').click()
    await expect(page.getByTestId('plan-said')).toBeVisible()
    expect((await plans(street)).version).toBe(before.version + 1)
    await expect(page.getByTestId('edit-log').locator('li').first()).toContainText(en ? 'Plans tightened' : '收紧预案')
    // Later: it waits, and whoever has proposed it has no yes.
    await edit(page, rule.at, rule.street, rule.second)
    await page.getByTestId('plan-compare').click()
    await expect(diff.locator('[data-looser=true] [data-figure=street]')).toBeVisible()
    await shot(page, `plans-loose-${language}-${theme}`)
    await page.getByTestId('plan-file').click()
    const waiting = page.getByTestId('plan-proposals')
    await expect(waiting.locator('article')).toHaveCount(1)
    await expect(waiting.getByTestId('plan-yes')).toHaveCount(0)
    await expect(waiting.getByTestId('plan-no')).toHaveText(en ? 'Take back' : '撤回')
    expect((await plans(street)).version).toBe(before.version + 1)
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight))
    await shot(page, `plans-waiting-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    // Somebody else says yes.
    const other = await browser.newContext()
    const second = await other.newPage()
    await enter(second, street, both, 'admin')
    await second.getByTestId('plan-yes').click()
    await expect(second.getByTestId('plan-said')).toBeVisible()
    await expect(second.getByTestId('plan-proposals')).toHaveCount(0)
    await other.close()
    const after = await plans(street)
    expect(after.version).toBe(before.version + 2)
    expect(after.in_force.plans.rules[rule.at]?.steps[rule.street]?.at_s).toBe(rule.second)
    expect(wrongs).toEqual([])
  })

  test(`a preview says what the service would do, and a draft is held against the last days, in ${language} and ${theme}`, async ({ page, street, wrongs }) => {
    const rule = await alone(street)
    const [elder] = (await street.get<{ items: { id: string, name: string, code: string }[] }>('/api/v1/elders?limit=40', 'leader')).items
    if (!elder) throw new Error('nobody lives here')
    await enter(page, street, both, 'leader')
    await page.locator('#pp-elder').fill(elder.code)
    await page.locator('.el-select-dropdown__item', { hasText: elder.code }).click()
    await page.getByTestId('preview-show').click()
    const line = page.getByTestId('preview-line')
    await expect(line.locator('> li').first()).toBeVisible()
    const said = await street.post<Preview>('/api/v1/plans/' + (await plans(street) as unknown as { area_code: string }).area_code + '/preview', { elder_id: elder.id, kind: 'sos', voice_path: true }, 'leader')
    expect(await line.locator('> li').evaluateAll(all => all.map(it => Number((it as HTMLElement).dataset.at)))).toEqual(said.moments.map(it => it.at_s))
    expect(await line.locator('[data-asked]').evaluateAll(all => all.map(it => (it as HTMLElement).dataset.asked))).toEqual(said.moments.flatMap(it => it.asked.map(one => one.responder_id)))
    expect(said.moments[0]?.rings).toContain('desk')
    await expect(page.getByTestId('preview-plan')).toContainText(said.plan)
    await page.getByTestId('plan-preview').scrollIntoViewIfNeeded()
    await shot(page, `plans-preview-${language}-${theme}`, true)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    await page.setViewportSize({ width: 360, height: 740 })
    await fits(page)
    await shot(page, `plans-preview-narrow-${language}-${theme}`, true)
    await page.setViewportSize({ width: 1440, height: 900 })
    // The same by a draft, and the last days by it.
    await street.ring('sos')
    await edit(page, rule.at, rule.street, rule.second - 60)
    await page.getByTestId('check-run').click()
    await expect(page.getByTestId('check').locator('[data-row=street] [data-col=draft]')).toBeVisible()
    await expect(page.getByTestId('check-cases')).toContainText(/[1-9]/)
    await page.getByTestId('plan-check').scrollIntoViewIfNeeded()
    await shot(page, `plans-check-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    expect(wrongs).toEqual([])
  })
}
