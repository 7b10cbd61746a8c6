// Accounts: made with a password that is told once, changed by somebody else than their owner, and each change found in the log.
import { AxeBuilder } from './axe'
import { expect, shot, test } from './kit'

test.use({ testIdAttribute: 'data-test' })

for (const [language, theme] of [['zh-CN', 'light'], ['en', 'dark']] as const) {
  test(`an account is made, changed and found in the log, in ${language} and ${theme}`, async ({ page, street }) => {
    const english = language === 'en'
    const name = english ? 'li.na' : 'wang.fang'
    await page.addInitScript(([l, t]) => {
      localStorage.setItem('ecd.language', l)
      localStorage.setItem('ecd.theme', t)
    }, [language, theme] as const)
    await page.goto(`${street.base}/admin/accounts`)
    await page.fill('#username', 'admin')
    await page.fill('#password', street.login('admin').password)
    await page.keyboard.press('Enter')
    await expect(page.getByTestId('accounts').locator('[data-account="admin"]')).toContainText(english ? 'yours' : '本人')
    await shot(page, `accounts-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])

    // Whoever walks is a responder: the service says so where the page does not ask.
    await page.getByTestId('account-new').click()
    const dialog = page.getByRole('dialog')
    await dialog.locator('#a-name').fill(name)
    await dialog.getByTestId('account-save').click()
    await expect(page.getByTestId('dialog-failed')).toContainText(english ? 'name at least one' : '至少选一个区划')
    await dialog.locator('.el-select').nth(1).click()
    await page.locator('.el-select-dropdown__item:visible').first().click()
    await dialog.locator('.el-dialog__title').click()
    await dialog.getByTestId('account-save').click()
    const password = await page.getByTestId('made-password').locator('code').innerText()
    expect(password).toMatch(/^[a-z2-9]{20}$/)
    await shot(page, `accounts-made-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    const signIn = async (secret: string) => (await fetch(`${street.base}/api/v1/auth/token`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username: name, password: secret }) })).status
    expect(await signIn(password)).toBe(200)

    // A new password ends the old one; who may not sign in does not.
    await dialog.getByTestId('account-renew').click()
    await expect(page.getByTestId('made-password').locator('code')).not.toHaveText(password)
    expect(await signIn(password)).toBe(401)
    const other = await page.getByTestId('made-password').locator('code').innerText()
    expect(await signIn(other)).toBe(200)
    await dialog.locator('.el-checkbox').click()
    await dialog.getByTestId('account-save').click()
    await expect(dialog.getByRole('status')).toBeVisible()
    expect(await signIn(other)).toBe(401)
    await expect(dialog.getByTestId('edit-log').locator('li')).toHaveCount(3)
    await shot(page, `accounts-ended-${language}-${theme}`)
    await page.locator('.el-dialog__headerbtn').click()
    await expect(page.locator(`[data-account="${name}"]`)).toContainText(english ? 'may not sign in' : '已停用')

    // The log of the whole register has it, with what was before.
    await page.goto(`${street.base}/admin/audit`)
    const log = page.getByTestId('audit')
    await expect(log.locator('tbody tr').first()).toContainText(english ? 'Changed' : '修改')
    await expect(log.locator('tbody tr').first()).toContainText('admin')
    await log.locator('tbody tr').first().locator('.subject').click()
    await expect(log.locator('tbody tr')).toHaveCount(3)
    await shot(page, `audit-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    for (const [where, test] of [['audit', 'audit'], ['accounts', 'accounts']] as const) {
      await page.goto(`${street.base}/admin/${where}`)
      await expect(page.getByTestId(test)).toBeVisible()
      await page.setViewportSize({ width: 360, height: 740 })
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
      await shot(page, `${where}-narrow-${language}-${theme}`)
      await page.setViewportSize({ width: 1440, height: 900 })
    }
  })
}

test('one\'s own password is changed by who knows the one of now, and the page goes on', async ({ page, street }) => {
  const made = await street.post<{ password: string }>('/api/v1/accounts', { username: 'zhao.min', rights: { role: 'admin', areas: [(await street.get<{ items: { code: string, own: boolean }[] }>('/api/v1/areas', 'admin')).items.find(it => it.own)?.code ?? ''] } }, 'admin')
  await page.goto(`${street.base}/admin/accounts`)
  await page.fill('#username', 'zhao.min')
  await page.fill('#password', made.password)
  await page.keyboard.press('Enter')
  await page.getByTestId('my-password').click()
  const form = page.getByRole('dialog')
  await form.locator('#p-now').fill('not the right one')
  await form.locator('#p-new').fill('一个新的好密码 2026')
  await form.locator('#p-again').fill('一个新的好密码 2026')
  await form.getByTestId('password-change').click()
  await expect(page.getByTestId('password-failed')).toContainText('当前密码')
  await form.locator('#p-now').fill(made.password)
  await form.getByTestId('password-change').click()
  await expect(page.getByTestId('password-done')).toBeVisible()
  await shot(page, 'password-changed')
  await page.reload()
  await expect(page.getByTestId('accounts')).toBeVisible()
})
