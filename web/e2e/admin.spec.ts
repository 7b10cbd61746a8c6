// The office: every page in both themes, and what the service says of itself.
import { AxeBuilder } from './axe'
import { expect, shot, test } from './kit'

test.use({ testIdAttribute: 'data-test' })

for (const [language, theme] of [['zh-CN', 'light'], ['en', 'dark']] as const) {
  test(`axe finds nothing serious on the office's pages, in ${language} and ${theme}; what wants a look is said in words`, async ({ page, street, wrongs }) => {
    await page.addInitScript(([l, t]) => {
      localStorage.setItem('ecd.language', l)
      localStorage.setItem('ecd.theme', t)
    }, [language, theme] as const)
    // A broker that is away is not at hand here; the service's words for it are of its own test.
    await page.route('**/readyz', route => route.fulfill({ json: { ready: true, reasons: [], warnings: ['mqtt_link_down: carrier-a since 2026-03-01T00:10:00.5Z', 'mqtt_subscriptions_refused: carrier-b up/+/sos since 2026-03-01T00:12:00Z', 'of_tomorrow: whatever'] } }))
    await page.goto(`${street.base}/admin`)
    await page.fill('#username', 'leader')
    await page.fill('#password', street.login('leader').password)
    await page.keyboard.press('Enter')
    for (const name of ['service', 'coverage', 'responders', 'devices', 'uncalled', 'quarantine', 'reports', 'cards', 'walls']) {
      await page.locator(`nav a[href="/admin/${name}"]`).click()
      await expect(page.locator('main h2')).toBeVisible()
      await expect(page.locator('main .state, main .el-table, main form, main table, main .rates').first()).toBeVisible()
      if (name === 'service') {
        const warnings = page.getByTestId('warnings').locator('li')
        await expect(warnings).toHaveText([/MQTT .*carrier-a .*08:10/, /MQTT .*carrier-b up\/\+\/sos .*08:12/, 'of_tomorrow: whatever'])
      }
      expect(await new AxeBuilder(page).serious(), name).toEqual([])
      await shot(page, `admin-${name}-${language}-${theme}`)
    }
    expect(wrongs).toEqual([])
  })
}

test('a device is filed by its label, bound, tested and replaced, and what it says while tested reads as a test on the desk', async ({ page, street, wrongs }) => {
  await page.goto(`${street.base}/admin/devices`)
  await page.fill('#username', 'leader')
  await page.fill('#password', street.login('leader').password)
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('devices').locator('tbody tr').first()).toBeVisible()
  // An IMEI with a wrong last digit is refused, and the field named.
  await page.getByTestId('device-new').click()
  const pick = async (select: string, option: string) => {
    await page.locator(select).click({ force: true }) // the words of the box lie over its field
    await page.getByRole('option', { name: option, exact: true }).click()
  }
  await pick('#new-kind', '紧急按钮')
  await page.getByTestId('device-label').fill('123456789012345')
  await page.getByTestId('device-file').click()
  await expect(page.getByTestId('new-device').getByRole('alert')).toBeVisible()
  await page.getByTestId('device-label').fill('490154203237518')
  await page.getByTestId('device-file').click()
  const dialog = page.getByTestId('device')
  await expect(dialog).toContainText('490154203237518')
  await expect(dialog).toContainText('未绑定')
  // Bound to somebody.
  const [first] = (await street.get<{ items: { id: string, name: string, code: string }[] }>('/api/v1/elders?limit=1')).items
  if (!first) throw new Error('nobody lives here')
  await dialog.getByTestId('do-bind').click()
  await page.locator('#bind-elder').fill(first.code)
  await page.getByRole('option', { name: first.name }).first().click()
  await dialog.getByTestId('bind-yes').click()
  await expect(dialog.getByTestId('device-said')).toContainText('已绑定')
  await expect(dialog).toContainText(first.name)
  await shot(page, 'admin-device')
  expect(await new AxeBuilder(page).serious()).toEqual([])
  await dialog.getByTestId('do-replace').click()
  await expect(dialog.getByTestId('replace-yes')).toBeDisabled()
  await page.getByTestId('device-label').fill('356938035643809')
  await dialog.getByTestId('replace-yes').click()
  await expect(dialog.getByTestId('device-said')).toContainText('已更换')
  await expect(dialog.getByTestId('device-log')).toContainText('被更换')
  await page.keyboard.press('Escape')
  // A device that is at hand is tested: its press is a case that reads as a test.
  const device = street.logins.devices.find(it => it.elder_id)
  if (!device) throw new Error('no device')
  const { code } = await street.get<{ code: string }>(`/api/v1/devices/${device.device_id}`)
  await page.getByTestId('device-search').fill(code)
  await page.locator(`[data-device="${device.device_id}"]`).click()
  await dialog.getByTestId('do-test').click()
  await dialog.getByTestId('test-begin').click()
  await expect(dialog).toContainText('测试中')
  const it = await street.ringOf(device, 'sos')
  await page.goto(`${street.base}/console/case/${it.id}`)
  await expect(page.locator(`[data-test=row][data-id="${it.id}"] .what`)).toContainText('设备测试')
  await page.goto(`${street.base}/admin/devices`)
  await page.getByTestId('device-search').fill(code)
  await page.locator(`[data-device="${device.device_id}"]`).click()
  await dialog.getByTestId('do-test').click()
  await dialog.getByTestId('test-end').click()
  await expect(dialog.getByTestId('device-said')).toContainText('恢复报警')
  await expect(dialog.getByTestId('device-log')).toContainText('结束测试')
  expect(wrongs).toEqual([])
})
