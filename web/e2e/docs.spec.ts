// The API's own page.
import { expect, test } from './kit'

test('the API can be read and tried on a page of the service, which asks nobody else', async ({ page, street, wrongs }) => {
  await page.goto(`${street.base}/api/docs`)
  await expect(page).toHaveURL(`${street.base}/api/docs/`)
  const openCase = page.locator('.opblock', { hasText: '/api/v1/cases/{id}/events' })
  await expect(openCase).toBeVisible({ timeout: 30_000 })
  await page.screenshot({ path: 'test-results/shots/api-docs.png' })
  await page.getByRole('button', { name: 'Authorize' }).click()
  const people = page.locator('.modal-ux .auth-container', { hasText: 'bearer' })
  await people.locator('input').fill(await street.token())
  await people.getByRole('button', { name: 'Authorize' }).click()
  await page.locator('.modal-ux .btn-done').first().click()
  const list = page.locator('.opblock', { has: page.locator('[data-path="/api/v1/auth/me"]') })
  await list.locator('.opblock-summary').click()
  await list.getByRole('button', { name: 'Try it out' }).click()
  await list.getByRole('button', { name: 'Execute' }).click()
  await expect(list.locator('.live-responses-table .response-col_status').first()).toContainText('200')
  await expect(list.locator('.live-responses-table')).toContainText('dispatcher')
  expect(wrongs).toEqual([])
})
