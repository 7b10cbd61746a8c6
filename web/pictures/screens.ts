// Pictures of the desk in both languages and both themes: `npm run pictures`. Kept beside the results and looked at.
import { expect, row, signIn, test } from '../e2e/kit'
import { photoOfAPhone } from '../e2e/photo'
import type { CaseView } from '../e2e/street'

test.use({ testIdAttribute: 'data-test', map: true })
test.describe.configure({ timeout: 240_000 })

for (const language of ['zh-CN', 'en'] as const) {
  for (const theme of ['light', 'dark'] as const) {
    test(`screens in ${language}, ${theme}`, async ({ page, street, wrongs }) => {
      const shot = async (name: string) => {
        await page.mouse.move(700, 4)
        await page.screenshot({ path: `test-results/shots/${name}-${language}-${theme}.png` })
      }
      await street.clear()
      await page.addInitScript(([l, t]) => {
        localStorage.setItem('ecd.language', l)
        localStorage.setItem('ecd.theme', t)
        sessionStorage.setItem('ecd.soundTested', 'true')
      }, [language, theme] as const)
      await page.goto(`${street.base}/console`)
      await expect(page.locator('#username')).toBeVisible()
      await shot('door')
      const cases: CaseView[] = []
      for (const kind of ['sos', 'fall', 'inactivity', 'service_request', 'low_battery']) cases.push(await street.ring(kind))
      await signIn(page, street)
      const [first] = cases
      if (!first) throw new Error('no case')
      await row(page, first.id).click()
      await expect(page.getByTestId('map')).toHaveAttribute('data-ready', 'true', { timeout: 60_000 })
      await expect(page.getByTestId('map')).toHaveAttribute('data-circle', '3')
      await expect(page.getByTestId('map')).toHaveAttribute('data-idle', 'true', { timeout: 60_000 })
      await shot('desk')
      await page.getByTestId('density').click()
      await shot('desk-compact')
      await page.getByTestId('density').click()
      await page.locator('#tab-course').click()
      await shot('course')
      await street.photo(first.id, await photoOfAPhone(page, 1_200, 900))
      await page.getByTestId('look-photo').click()
      await expect(page.getByRole('dialog').locator('img')).toBeVisible()
      await shot('photo')
      await page.keyboard.press('Escape')
      await expect(page.getByRole('dialog')).toBeHidden()
      await page.locator('#tab-elder').click()
      await shot('elder')
      for (const [key, name] of [['r', 'refer'], ['x', 'close'], ['?', 'keys']] as const) {
        await page.keyboard.press(key)
        await expect(page.getByRole('dialog')).toBeVisible()
        await shot(name)
        await page.keyboard.press('Escape')
        await expect(page.getByRole('dialog')).toBeHidden()
      }
      await page.setViewportSize({ width: 1920, height: 1080 })
      await page.getByTestId('cover').click()
      await expect(page.getByTestId('map')).toHaveAttribute('data-idle', 'true', { timeout: 60_000 })
      await shot('desk-1920')
      await page.setViewportSize({ width: 360, height: 740 })
      await page.screenshot({ path: `test-results/shots/phone-${language}-${theme}.png`, fullPage: true })
      expect(wrongs).toEqual([])
    })
  }
}
