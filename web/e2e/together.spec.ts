// Two dispatchers at one desk, each in a browser of their own: who looks, who takes, and the hand-over from one to the other.
import type { Browser, Page } from '@playwright/test'
import { AxeBuilder } from './axe'
import { expect, row, shot, signIn, test, watch, withoutMap } from './kit'
import type { CaseView, Street } from './street'

test.use({ testIdAttribute: 'data-test' })

async function colleague(browser: Browser, street: Street, username: string, language = 'zh-CN'): Promise<{ page: Page, wrongs: string[], leave: () => Promise<void> }> {
  const context = await browser.newContext({ locale: language, viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  const page = await context.newPage()
  const wrongs = watch(page, street)
  await withoutMap(page)
  await page.addInitScript(l => localStorage.setItem('ecd.language', l), language)
  await signIn(page, street, username)
  return { page, wrongs, leave: () => context.close() }
}
const names = (of: Street) => of.get<{ items: { user_id: string, username: string }[] }>('/api/v1/colleagues')

test('C14: of two who press A at once one wins and the other sees who; who looks is shown and goes with the page', async ({ desk, street, browser }) => {
  const it = await street.ring('sos')
  const other = await colleague(browser, street, 'desk2')
  const two = other.page
  await row(desk, it.id).click()
  await expect(row(two, it.id).getByTestId('row-lookers')).toContainText('desk1')
  await row(two, it.id).click()
  await expect(desk.getByTestId('lookers')).toContainText('desk2')

  await Promise.all([desk.keyboard.press('a'), two.keyboard.press('a')])
  for (const page of [desk, two]) await expect(page.getByTestId('holder')).toBeVisible()
  const { taken_by } = await street.get<CaseView>(`/api/v1/cases/${it.id}`)
  const winner = (await names(street)).items.find(p => p.user_id === taken_by)?.username ?? ''
  const [won, lost] = winner === 'desk1' ? [desk, two] : [two, desk]
  await expect(lost.getByTestId('holder')).toContainText(winner)
  await expect(won.getByTestId('holder')).toHaveClass(/mine/)
  expect((await street.get<{ items: { type: string }[] }>(`/api/v1/cases/${it.id}/events?limit=500`)).items.filter(e => e.type === 'taken')).toHaveLength(1)

  // Out of a colleague's hands only after a second word.
  await lost.keyboard.press('a')
  await lost.getByTestId('take-over').click()
  await expect(lost.getByTestId('holder')).toHaveClass(/mine/)
  await expect(won.getByTestId('holder')).not.toHaveClass(/mine/)

  expect(other.wrongs).toEqual([])
  await other.leave()
  await expect(desk.getByTestId('lookers')).toBeHidden()
})

test('C16: nobody hands over with an unsigned critical case; both names and times are kept', async ({ desk, street, browser }) => {
  const first = await street.ring('sos')
  await street.ring('low_battery')
  const other = await colleague(browser, street, 'desk2', 'en')
  const two = other.page
  await desk.getByTestId('handover').click()
  await desk.getByTestId('handover-begin').click()
  await desk.locator('#handover-note').fill('三号楼的钥匙在值班室')
  await desk.locator('.write button').click()
  await expect(desk.getByTestId('handover-notes')).toContainText('钥匙')

  await expect(two.getByTestId('handover')).toHaveClass(/waits/)
  await two.getByTestId('handover').click()
  await expect(two.getByTestId('handover-notes')).toContainText('钥匙')
  const done = two.getByTestId('handover-complete')
  await expect(done).toBeDisabled()
  await two.locator(`[data-test=handover-critical] [data-id="${first.id}"]`).getByTestId('sign').click()
  await expect(done).toBeEnabled()
  // What opens in the middle joins the list.
  const second = await street.ring('fall')
  await expect(done).toBeDisabled()
  for (const [page, name] of [[desk, 'handover-out-zh-CN'], [two, 'handover-in-en']] as const) {
    for (const theme of ['light', 'dark'] as const) {
      await page.evaluate(dark => document.documentElement.classList.toggle('dark', dark), theme === 'dark')
      expect(await new AxeBuilder(page).serious('.el-drawer.handover')).toEqual([])
      await shot(page, `${name}-${theme}`)
    }
  }
  await two.locator(`[data-test=handover-critical] [data-id="${second.id}"]`).getByTestId('sign').click()
  await done.click()
  await expect(two.getByTestId('handover-by')).toHaveText('desk2')
  await expect(desk.getByTestId('handover-by')).toHaveText('desk2')

  await two.locator('#handover-past').click()
  await expect(two.getByTestId('handover-past').locator('tbody tr').first()).toContainText(/desk1.*desk2.*\d\d:\d\d:\d\d.*\d\d:\d\d:\d\d/)
  const { items } = await street.get<{ items: { from: { username: string }, by?: { username: string }, begun_at: string, ended_at?: string }[] }>('/api/v1/handovers', 'leader')
  expect([items[0]?.from.username, items[0]?.by?.username]).toEqual(['desk1', 'desk2'])
  expect(Date.parse(items[0]?.ended_at ?? '')).toBeGreaterThan(Date.parse(items[0]?.begun_at ?? ''))
  expect(other.wrongs).toEqual([])
  await other.leave()
})
