// Pictures of the family's page: `npm run pictures`.
import { accept, offered } from '../e2e/family-kit'
import { expect, test } from '../e2e/kit'

test.use({ testIdAttribute: 'data-test', viewport: { width: 360, height: 740 } })

test('pictures of the family page', async ({ page, street }) => {
  test.setTimeout(180_000)
  const [of] = await street.kin(0)
  if (!of) throw new Error('nobody')
  for (const language of ['zh-CN', 'en']) {
    const shot = (name: string) => page.screenshot({ path: `test-results/shots/family-${name}-${language}.png`, fullPage: name.includes('full') })
    await street.clear()
    await page.addInitScript(l => { localStorage.setItem('ecd.language', l) }, language)
    // Another link on the same page is no new page: without this the second language would never be read.
    await page.goto('about:blank')
    await page.goto(await street.familyLink(of))
    await expect(page.locator('html')).toHaveAttribute('lang', language)
    await expect(page.locator('#digits')).toBeVisible()
    await shot('door')
    await page.fill('#digits', of.digits)
    await page.keyboard.press('Enter')
    await expect(page.getByTestId('age')).toBeVisible()
    await shot('calm')
    const it = await street.ringOf(of.device, 'fall')
    await expect(page.getByTestId('case').first()).toBeVisible()
    await shot('alarm')
    await offered(street, it)
    await accept(street, it)
    await expect(page.getByTestId('minutes')).toBeVisible()
    await page.locator('[data-say=seen]').first().click()
    await expect(page.locator('[data-say=seen].done').first()).toBeVisible()
    await shot('coming')
    await shot('coming-full')
    for (const place of ['history', 'settings']) {
      await page.locator(`[data-place=${place}]`).click()
      await expect(page.locator(place === 'history' ? '[data-test=month] .cases' : '[data-test=devices]')).toBeVisible()
      await shot(`${place}-full`)
    }
    await page.emulateMedia({ media: 'print' })
    await page.locator('[data-place=history]').evaluate(e => { (e as HTMLElement).click() })
    await expect(page.getByTestId('month')).toBeVisible()
    await shot('print')
    await page.emulateMedia({ media: 'screen' })
    await page.evaluate(() => { localStorage.setItem('ecd.family.size', '30') })
    await page.reload()
    // The page stays where it was.
    await page.locator('[data-place=now]').click()
    await expect(page.getByTestId('case').first()).toBeVisible()
    await shot('large-full')
    await page.evaluate(() => { localStorage.removeItem('ecd.family.size') })
  }
})
