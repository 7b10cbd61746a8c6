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
    for (const name of ['service', 'coverage', 'responders', 'quarantine', 'walls']) {
      await page.locator(`nav a[href="/admin/${name}"]`).click()
      await expect(page.locator('main h2')).toBeVisible()
      await expect(page.locator('main .state, main .el-table, main form, main table').first()).toBeVisible()
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
