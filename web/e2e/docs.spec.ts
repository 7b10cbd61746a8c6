// The API's own page.
import { expect, shot, test } from './kit'

test('the API can be read and tried on a page of the service, which asks nobody else', async ({ page, street, wrongs }) => {
  await page.goto(`${street.base}/api/docs`)
  await expect(page).toHaveURL(`${street.base}/api/docs/`)
  const openCase = page.locator('.opblock', { hasText: '/api/v1/cases/{id}/events' })
  await expect(openCase).toBeVisible({ timeout: 30_000 })
  await shot(page, 'api-docs')
  const healthy = page.locator('.opblock', { has: page.locator('[data-path="/healthz"]') })
  await healthy.locator('.opblock-summary').click()
  await healthy.getByRole('button', { name: 'Try it out' }).click()
  await healthy.getByRole('button', { name: 'Execute' }).click()
  await expect(healthy.locator('.live-responses-table tbody .response-col_status').first()).toContainText('200')
  expect(wrongs).toEqual([])
})
