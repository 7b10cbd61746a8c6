// The office's register: a street set up from its sheets, the file of an elder, who stands in, the rota, stations and colours.
import { AxeBuilder } from './axe'
import { expect, shot, test } from './kit'
import type { Page } from '@playwright/test'
import type { Street } from './street'

test.use({ testIdAttribute: 'data-test' })

const BOTH = [['zh-CN', 'light'], ['en', 'dark']] as const
async function enter(page: Page, street: Street, where: string, [language, theme]: readonly [string, string], account = 'leader') {
  await page.addInitScript(([l, t]) => {
    localStorage.setItem('ecd.language', l)
    localStorage.setItem('ecd.theme', t)
  }, [language, theme] as const)
  await page.goto(`${street.base}/admin/${where}`)
  await page.fill('#username', account)
  await page.fill('#password', street.login(account).password)
  await page.keyboard.press('Enter')
  await expect(page.locator('main h2')).toBeVisible()
}
async function narrow(page: Page, name: string) {
  await page.setViewportSize({ width: 360, height: 780 })
  // Tables scroll in their own frame; the page itself does not.
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth > 360 ? [...document.body.querySelectorAll('*')].filter(it => it.getBoundingClientRect().right > 361 && !it.closest('.wide, nav')).map(it => `${it.tagName}.${it.className}`).slice(0, 6) : [])
  expect(beyond).toEqual([])
  await shot(page, name)
  await page.setViewportSize({ width: 1440, height: 900 })
}
const csv = (name: string, text: string) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })
/** A grid of the street, and somebody who works there. */
async function grid(street: Street): Promise<string> {
  const { items } = await street.get<{ items: { code: string, level: string }[] }>('/api/v1/areas', 'leader')
  return items.find(it => it.level === 'grid')?.code ?? ''
}

for (const both of BOTH) {
  const [language, theme] = both
  test(`a sheet is looked at, its wrong cells are named, and it is written when it is sound, in ${language} and ${theme}`, async ({ page, street, wrongs }) => {
    const code = await grid(street)
    const mark = language === 'en' ? 'X' : 'Y'
    await enter(page, street, 'import', both)
    const bad = `老人编号,姓名,网格编码,地址,需求类别,备注\n${mark}1,张桂芳,${code},泉州路9号,独居,\n${mark}2,,${code},泉州路10号,孤独,\n${mark}1,李四,${code},泉州路9号,普通,\n`
    await page.getByTestId('file').setInputFiles(csv('register.csv', bad))
    await expect(page.getByTestId('error-count')).not.toHaveText('0')
    const cells = page.getByTestId('cells')
    await expect(cells.locator('tr', { hasText: 'B3' })).toContainText(language === 'en' ? 'must not be empty' : '不能为空')
    await expect(cells.locator('tr', { hasText: 'A4' })).toContainText(language === 'en' ? 'is on line 2 already' : '与第 2 行重复')
    await expect(page.getByTestId('write')).toBeDisabled()
    await shot(page, `office-import-errors-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    await narrow(page, `office-import-narrow-${language}-${theme}`)
    // Nothing of it is on file.
    expect((await street.get<{ items: unknown[] }>(`/api/v1/elders?q=${mark}1`)).items).toEqual([])
    // Mended, with a column that the office has beside its own.
    const good = `老人编号,姓名,网格编码,地址,需求类别,备注\n${mark}1,张桂芳,${code},泉州路9号,独居,x\n${mark}2,王建国,${code},泉州路10号,普通,\n`
    await page.getByTestId('file').setInputFiles(csv('register.csv', good))
    await page.locator('.columns > div', { hasText: '备注' }).locator('.el-select').click()
    await page.getByRole('option', { name: language === 'en' ? 'not read' : '不导入此列' }).last().click()
    await expect(page.getByTestId('error-count')).toHaveText('0')
    await expect(page.getByTestId('figures')).toContainText('2')
    await shot(page, `office-import-sound-${language}-${theme}`)
    await page.getByTestId('write').click()
    await expect(page.getByTestId('done')).toContainText('2')
    await expect(page.getByTestId('import-log').locator('li').first()).toBeVisible()
    await shot(page, `office-import-done-${language}-${theme}`)
    expect((await street.get<{ items: { name: string }[] }>(`/api/v1/elders?q=${mark}2`)).items[0]?.name).toBe('王建国')
    expect(wrongs).toEqual([])
  })

  test(`the file of an elder is found, read and mended, in ${language} and ${theme}`, async ({ page, street, wrongs }) => {
    // Another in each language: the log names what was changed, and both may run on one street.
    const dialect = language === 'en' ? '宝坻话' : '武清话'
    await enter(page, street, 'elders', both)
    const [elder] = (await street.get<{ items: { id: string, name: string, code: string }[] }>('/api/v1/elders?limit=1')).items
    if (!elder) throw new Error('nobody lives here')
    await expect(page.getByTestId('elders').locator('tbody tr').first()).toBeVisible()
    await shot(page, `office-elders-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    await narrow(page, `office-elders-narrow-${language}-${theme}`)
    await page.getByTestId('elder-search').fill(elder.code)
    await expect(page.getByTestId('elders').locator('tbody tr')).toHaveCount(1)
    await page.locator(`[data-elder="${elder.id}"]`).click()
    const drawer = page.getByTestId('elder')
    await expect(drawer).toContainText(elder.code)
    await expect(drawer.locator('.needs .need').first()).toBeVisible()
    await shot(page, `office-elder-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    await page.getByTestId('elder-edit').click()
    await page.locator('#e-dialect').fill(dialect)
    await page.getByTestId('e-lat').fill('999')
    await page.getByTestId('elder-save').click()
    await expect(page.getByTestId('elder-failed')).toContainText(language === 'en' ? 'Latitude' : '纬度')
    await shot(page, `office-elder-edit-${language}-${theme}`)
    await narrow(page, `office-elder-edit-narrow-${language}-${theme}`)
    // Somebody else was quicker: the file is looked at again before it is written.
    const path = `/api/v1/elders/${elder.id}/file`
    const token = await street.token('leader')
    const seen = await fetch(street.base + path, { headers: { authorization: `Bearer ${token}` } })
    const { file } = await seen.json() as { file: object }
    await fetch(street.base + path, { method: 'PUT', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'if-match': seen.headers.get('etag') ?? '' }, body: JSON.stringify({ ...file, lift_helpers: 2 }) })
    await page.getByTestId('e-lat').fill('39.38')
    await page.getByTestId('elder-save').click()
    await expect(page.getByTestId('elder-failed')).toBeVisible()
    await page.getByTestId('elder-failed').getByRole('button').click()
    await page.getByTestId('elder-edit').click()
    await page.locator('#e-dialect').fill(dialect)
    await page.getByTestId('elder-save').click()
    await expect(page.getByTestId('elder-said')).toBeVisible()
    await expect(drawer).toContainText(dialect)
    await expect(page.getByTestId('edit-log').locator('li').first()).toContainText(language === 'en' ? 'Dialect' : '方言')
    expect(wrongs).toEqual([])
  })

  test(`what is signed for is filed, and a file rests and is taken up again, in ${language} and ${theme}`, async ({ page, street, wrongs }) => {
    const code = await grid(street)
    const number = language === 'en' ? 'PX' : 'PY'
    const sheet = `老人编号,姓名,网格编码,地址,需求类别\n${number},赵玉兰,${code},泉州路19号,独居\n`
    const headers = { 'authorization': `Bearer ${await street.token('leader')}`, 'content-type': 'application/octet-stream' }
    const looked = await fetch(`${street.base}/api/v1/imports`, { method: 'POST', headers, body: sheet })
    const { digest } = await looked.json() as { digest: string }
    await fetch(`${street.base}/api/v1/imports?write=${digest}`, { method: 'POST', headers, body: sheet })
    await enter(page, street, `elders?q=${number}`, both)
    await page.getByTestId('elders').locator('tbody button').first().click()
    const papers = page.getByTestId('papers')
    await papers.getByTestId('assess').click()
    await papers.locator('#p-assessed').fill('2199-01-01')
    await papers.getByTestId('ability-save').click()
    await expect(papers.getByTestId('papers-failed')).toContainText(language === 'en' ? 'Assessed on' : '评估日期')
    await papers.locator('#p-assessed').fill('2026-05-04')
    await papers.getByTestId('ability-save').click()
    await expect(papers.getByTestId('ability-save')).toHaveCount(0)
    await expect(papers).toContainText('GB/T 42195-2022')
    await papers.getByTestId('consent-add').click()
    await papers.getByTestId('p-version').fill('2026-05')
    await papers.getByTestId('consent-save').click()
    await expect(papers.locator('[data-consent]')).toHaveCount(1)
    await shot(page, `office-papers-${language}-${theme}`)
    await papers.getByTestId('consent-back').click()
    await papers.getByTestId('consent-save').click()
    await expect(papers.locator('[data-consent]')).toContainText(language === 'en' ? 'withdrawn' : '撤回')
    await papers.getByTestId('rest').click()
    await papers.getByTestId('rest-status').locator('label').first().click()
    await shot(page, `office-papers-rest-${language}-${theme}`)
    await narrow(page, `office-papers-rest-narrow-${language}-${theme}`)
    await papers.getByTestId('rest-save').click()
    await expect(papers.getByTestId('rests')).toBeVisible()
    await expect(page.getByTestId('edit-log').locator('li').first()).toContainText(language === 'en' ? 'moved away' : '迁出')
    await shot(page, `office-papers-rests-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    await papers.getByTestId('rest').click()
    await papers.getByTestId('rest-save').click()
    await expect(papers.getByTestId('papers-failed')).toContainText(language === 'en' ? 'Reason' : '原因')
    await papers.getByTestId('rest-reason').fill('登记有误')
    await papers.getByTestId('rest-save').click()
    await expect(papers.getByTestId('rests')).toHaveCount(0)
    expect(wrongs).toEqual([])
  })

  test(`somebody is absent by one action, a chain is changed, and the rota shows its gaps, in ${language} and ${theme}`, async ({ page, street, wrongs }) => {
    await enter(page, street, 'chains', both)
    await expect(page.getByTestId('chains').locator('tbody tr').first()).toBeVisible()
    const worker = (await page.getByTestId('chains').locator('tbody tr').first().locator('td').nth(1).innerText()).split('\n')[0] ?? ''
    const pick = async (select: string, text: string, at = 0) => {
      await page.locator(select).click({ force: true })
      if (text) await page.locator(select).fill(text)
      await page.locator('.el-select-dropdown__item:visible').nth(at).click()
    }
    await pick('#sick-who', worker)
    await pick('#sick-by', '', 1)
    await page.getByTestId('sick').click()
    await expect(page.getByTestId('said')).toContainText(worker)
    await expect(page.getByTestId('absences')).toContainText(worker)
    await expect(page.getByTestId('chains').locator('tbody tr').first().locator('td').nth(1)).toContainText(language === 'en' ? `for ${worker}` : `代 ${worker}`)
    await shot(page, `office-chains-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    await narrow(page, `office-chains-narrow-${language}-${theme}`)
    await page.getByTestId('absences').getByRole('button').first().click()
    await expect(page.getByTestId('absences')).toBeHidden()
    await page.getByTestId('chains').locator('[data-edit]').first().click()
    const dialog = page.getByTestId('chain')
    await expect(dialog.locator('form')).toBeVisible()
    await shot(page, `office-chain-${language}-${theme}`)
    await pick('#post-grid_head', '', 2)
    await dialog.getByTestId('chain-save').click()
    await expect(page.getByTestId('chain-said')).toBeVisible()
    await page.keyboard.press('Escape')
    await page.locator('nav a[href="/admin/duty14"]').click()
    await expect(page.locator('main .tools')).toBeVisible()
    await shot(page, `office-duty-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    await page.getByTestId('week-next').click()
    await narrow(page, `office-duty-narrow-${language}-${theme}`)
    expect(wrongs).toEqual([])
  })

  test(`stations and the colours of needs are edited, in ${language} and ${theme}`, async ({ page, street, wrongs }) => {
    await enter(page, street, 'stations', both)
    await expect(page.getByTestId('stations').locator('tbody tr').first()).toBeVisible()
    await shot(page, `office-stations-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    await narrow(page, `office-stations-narrow-${language}-${theme}`)
    await page.getByTestId('station-new').click()
    await page.locator('#s-code').fill(`NEW-${language}`)
    await page.locator('#s-name').fill('新食堂')
    await page.locator('#s-address').fill('光明道9号')
    await page.getByTestId('s-lat').fill('39.38')
    await page.getByTestId('hours-add').click()
    await page.getByTestId('station-save').click()
    await expect(page.getByTestId('station-failed')).toContainText(language === 'en' ? 'Latitude' : '纬度')
    await shot(page, `office-station-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    await page.getByTestId('s-lat').fill('')
    await page.getByTestId('station-save').click()
    await expect(page.getByTestId('station-said')).toBeVisible()
    await page.keyboard.press('Escape')
    await page.locator('nav a[href="/admin/colours"]').click()
    await expect(page.getByTestId('colours').locator('tbody tr')).toHaveCount(7)
    // A shipped set is one that a street can have.
    await page.locator(`[data-set="${language === 'en' ? 'yangcun-7' : 'plain-3'}"]`).click()
    const row = page.locator('[data-need="high_risk"]')
    await row.locator('td').nth(1).locator('input').fill(`重点${language}`)
    await page.getByTestId('save').click()
    await expect(page.getByTestId('said')).toBeVisible()
    await expect(page.getByTestId('edit-log').locator('li').first()).toBeVisible()
    await row.locator('td').nth(1).locator('input').fill('')
    await page.getByTestId('save').click()
    await expect(page.getByTestId('failed')).toContainText(language === 'en' ? 'Word shown' : '显示文字')
    await shot(page, `office-colours-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    await narrow(page, `office-colours-narrow-${language}-${theme}`)
    expect(wrongs).toEqual([])
  })

  test(`a lunch is asked for on the desk, handed on, done and rated, in ${language} and ${theme}`, async ({ page, street, wrongs }) => {
    await street.clear()
    const call = await street.ring('sos')
    const elders = (await street.get<{ items: { id: string, name: string, code: string, home?: object }[] }>('/api/v1/elders?limit=40')).items.filter(it => it.home)
    const elder = elders[language === 'en' ? 3 : 6]
    if (!elder) throw new Error('nobody lives here')
    await page.addInitScript(([l, t]) => {
      localStorage.setItem('ecd.language', l)
      localStorage.setItem('ecd.theme', t)
      sessionStorage.setItem('ecd.soundTested', 'true')
    }, [language, theme] as const)
    await page.goto(`${street.base}/console/services`)
    await page.fill('#username', 'desk1')
    await page.fill('#password', street.login('desk1').password)
    await page.keyboard.press('Enter')
    // The call for help stands over the lane, and not in it.
    await expect(page.getByTestId('ring-bar')).toBeVisible()
    await expect(page.locator(`[data-request="${call.id}"]`)).toHaveCount(0)
    await page.getByTestId('svc-new').click()
    await page.getByTestId('n-elder').fill(elder.code)
    await page.locator(`[data-pick="${elder.id}"]`).click()
    await page.getByTestId('n-what').selectOption('meal')
    await expect(page.getByTestId('proposed').locator('.picked, .bad').first()).toBeVisible()
    await shot(page, `services-new-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    await narrow(page, `services-new-narrow-${language}-${theme}`)
    await page.getByTestId('n-send').click()
    const card = page.getByTestId('service')
    await expect(card).toBeVisible()
    await card.getByTestId('svc-station').click()
    await expect(page.getByTestId('options').locator('li').first()).toBeVisible()
    await shot(page, `services-options-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    const before = await card.getByTestId('station-name').innerText().catch(() => '')
    await page.getByTestId('options').locator('[data-ask]').first().click()
    await expect(card.getByTestId('station-name')).not.toHaveText(before || '-')
    await card.getByTestId('svc-answer').click()
    await card.getByTestId('svc-at').fill(new Date(Date.now() + 26 * 3_600_000).toISOString().slice(0, 16))
    await card.getByTestId('svc-answer-yes').click()
    await expect(card).toHaveAttribute('data-stage', 'agreed')
    await shot(page, `services-agreed-${language}-${theme}`)
    await card.getByTestId('svc-done').click()
    await expect(card).toHaveAttribute('data-stage', 'done')
    await card.locator('[data-rating="satisfied"]').click()
    await expect(card.getByTestId('rated')).toBeVisible()
    await page.getByTestId('lane-past').click()
    await expect(page.locator('[data-request]').first()).toBeVisible()
    // Another is taken back.
    await page.getByTestId('svc-new').click()
    await page.getByTestId('n-elder').fill(elder.code)
    await page.locator(`[data-pick="${elder.id}"]`).click()
    await page.getByTestId('n-what').selectOption('bath')
    await page.getByTestId('n-send').click()
    await expect(card).toHaveAttribute('data-stage', /asked|wished/)
    await card.getByTestId('svc-cancel').click()
    await card.getByTestId('svc-cancel-why').selectOption('otherwise')
    await shot(page, `services-cancel-${language}-${theme}`)
    await card.getByTestId('svc-cancel-yes').click()
    await expect(card).toHaveAttribute('data-stage', 'cancelled')
    expect(wrongs).toEqual([])
  })
}

test('the desk says quietly when a grid has nobody at work, and leads to the rota', async ({ page, street, wrongs }) => {
  await page.route('**/api/v1/duty/gaps', route => route.fulfill({ json: {
    from: new Date().toISOString(), until: new Date(Date.now() + 14 * 86_400_000).toISOString(),
    grids: [
      { area_code: '120114001001001', area_name: '一网格', on_duty: 0, gaps: [] },
      { area_code: '120114001001002', area_name: '二网格', on_duty: 2, gaps: [{ from: new Date(Date.now() + 3_600_000).toISOString(), until: new Date(Date.now() + 7_200_000).toISOString() }] },
    ],
    nobody_now: ['120114001001001'],
  } }))
  await page.addInitScript(() => { sessionStorage.setItem('ecd.soundTested', 'true') })
  await page.goto(`${street.base}/console`)
  await page.fill('#username', 'desk1')
  await page.fill('#password', street.login('desk1').password)
  await page.keyboard.press('Enter')
  const bar = page.getByTestId('duty-bar')
  await expect(bar).toContainText('一网格')
  await expect(bar).toContainText('二网格')
  await expect(bar).toHaveAttribute('role', 'status')
  await shot(page, 'duty-bar')
  expect(wrongs).toEqual([])
})
