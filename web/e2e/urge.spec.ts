// The family urges (催办): within its limits, heard at the desk, and answered on the page.
import { AxeBuilder } from './axe'
import { enter } from './family-kit'
import { expect, row, shot, signIn, test as base, watch } from './kit'
import { Street } from './street'

/** A street of its own: its clock is put forward. */
const test = base.extend<object, { street: Street }>({
  street: [async ({}, use) => {
    const street = new Street()
    await street.start()
    await use(street)
    await street.end()
  }, { scope: 'worker', timeout: 240_000 }],
})
test.use({ testIdAttribute: 'data-test' })

test('the family reminds the centre after three minutes: the desk hears who, the page says when, and the key waits again', async ({ browser, page, street }) => {
  const [of] = await street.kin(1)
  if (!of) throw new Error('nobody')
  await street.clear()
  const phone = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
  const family = await phone.newPage()
  const wrongs = watch(family, street)
  await enter(family, street, of)
  const it = await street.ringOf(of.device, 'sos')
  const key = family.locator('[data-say=urge]')
  await expect(key).toBeDisabled()
  await expect(family.getByTestId('urge')).toContainText(/\d\d:\d\d 起可以催办/)
  // An hour later, as far as the service knows.
  await street.kill('SIGTERM')
  await street.start(undefined, 1)
  await signIn(page, street)
  await expect(row(page, it.id)).toBeVisible()
  await expect(key).toBeEnabled({ timeout: 30_000 })
  await key.click()
  await expect(family.getByTestId('urge')).toContainText(/\d\d:\d\d 已催办指挥中心。 ?\d\d:\d\d 起可以催办/)
  await expect(key).toBeDisabled()
  await expect(family.getByTestId('lines')).toContainText('您已催办')
  await expect(row(page, it.id).getByTestId('row-urged')).toHaveText('催办')
  await expect(page.getByText('家属催办', { exact: false }).first()).toBeVisible()
  await page.goto(`${street.base}/console/case/${it.id}`)
  await expect(page.getByTestId('now')).toContainText('催办')
  await page.locator('#tab-course').click()
  await expect(page.getByTestId('course')).toContainText('催办')
  await shot(page, 'console-urged')
  await shot(family, 'family-urged', true)
  // Who of the family was told: nobody here, for nothing is connected; said so, and not left blank.
  await family.getByTestId('told').locator('summary').click()
  await expect(family.getByTestId('told')).toContainText(/还没有自动通知任何人|没有联系上/)
  expect(await new AxeBuilder(family).serious()).toEqual([])
  expect(wrongs).toEqual([])
  await phone.close()
})
