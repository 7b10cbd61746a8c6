// Pictures of the board on the wall: `npm run pictures`.
import { shot, test } from '../e2e/kit'
import { drawn, hang } from '../e2e/wall-kit'

test.use({ testIdAttribute: 'data-test', viewport: { width: 1920, height: 1080 }, map: true })

test('pictures of the wall', async ({ page, street, wrongs: _ }) => {
  test.setTimeout(240_000)
  for (const kind of ['sos', 'fall', 'inactivity', 'low_battery']) await street.ring(kind)
  for (const [language, theme] of [['zh-CN', 'dark'], ['en', 'dark'], ['zh-CN', 'light']] as const) {
    await hang(page, street, language, theme)
    for (const [width, height] of [[1920, 1080], [3840, 1080], [3840, 2160]] as const) {
      await page.setViewportSize({ width, height })
      await drawn(page)
      await shot(page, `wall-${width}-${height}-${language}-${theme}`)
    }
  }
})
