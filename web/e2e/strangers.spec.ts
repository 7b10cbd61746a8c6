// A watch that nobody has filed: the desk reads what it sent, binds it to an elder, and its next call is that elder's.
import { connect } from 'node:net'
import { AxeBuilder } from './axe'
import { expect, freePort, row, shot, test } from './kit'
import type { CaseView } from './street'

test.use({ testIdAttribute: 'data-test' })

/** A frame as watches send it, at an instant of their own clock (Greenwich's). */
function sos(number: string, at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const day = two(at.getUTCDate()) + two(at.getUTCMonth() + 1) + two(at.getUTCFullYear() % 100)
  const time = two(at.getUTCHours()) + two(at.getUTCMinutes()) + two(at.getUTCSeconds())
  const content = `AL,${day},${time},A,39.381000,N,117.062000,E,0.00,0.0,0.0,9,90,41,120,0,00010000,1,1,460,0,9360,4082,131,0,`
  return `[3G*${number}*${content.length.toString(16).toUpperCase().padStart(4, '0')}*${content}]`
}

for (const [language, theme, number] of [['zh-CN', 'light', '8800000077'], ['en', 'dark', '8800000078']] as const) {
  test(`what a stranger's watch sent is read and bound to an elder by a dispatcher, in ${language} and ${theme}`, async ({ page, street, wrongs }) => {
    await street.clear()
    const port = await freePort()
    await street.kill()
    try {
      await street.start({ ECD_INTAKE__TCP__WATCH__LISTEN: `127.0.0.1:${port}` })
      const watch = connect({ port, host: '127.0.0.1' })
      const says = (frame: string) => new Promise(done => { watch.once('data', done); watch.write(frame) })
      await says(sos(number, new Date()))
      await page.addInitScript(([l, t]) => {
        localStorage.setItem('ecd.language', l)
        localStorage.setItem('ecd.theme', t)
      }, [language, theme] as const)
      await page.goto(`${street.base}/admin`)
      await page.fill('#username', 'desk1')
      await page.fill('#password', street.login('desk1').password)
      await page.keyboard.press('Enter')
      // A dispatcher has some pages of the office, and is led to the first.
      await expect(page).toHaveURL(/\/admin\/elders$/)
      await expect(page.locator('nav a')).toHaveCount(11)
      await page.locator('nav a[href="/admin/quarantine"]').click()
      await expect(page).toHaveURL(/\/admin\/quarantine$/)
      await page.locator('tr', { hasText: `watch ${number}` }).getByTestId('look').click()
      await expect(page.getByTestId('found-alarms')).toContainText(language === 'en' ? 'SOS' : '紧急呼救')
      await shot(page, `stranger-${language}-${theme}`)
      expect(await new AxeBuilder(page).serious()).toEqual([])
      // Another elder each time: an open case of theirs would be joined.
      const elder = street.logins.devices.filter(it => it.elder_id)[language === 'en' ? 5 : 3]?.elder_id ?? ''
      const { name, code } = await street.get<{ name: string, code: string }>(`/api/v1/elders/${elder}`)
      await page.locator('#bind-elder').click()
      await page.locator('#bind-elder').pressSequentially(code)
      await page.locator('.el-select-dropdown__item:visible', { hasText: name }).click()
      await expect(page.locator('#bind-code')).toHaveValue(number)
      await shot(page, `stranger-bind-${language}-${theme}`)
      await page.getByTestId('bind').click()
      await expect(page.getByTestId('filed')).toContainText(number)
      await expect(page.getByTestId('bind-form')).toBeHidden()
      // A second later by the watch's clock: another call, and the elder's.
      await says(sos(number, new Date(Date.now() + 1_000)))
      await expect.poll(async () => {
        const { items } = await street.get<{ items: CaseView[] }>('/api/v1/cases?open=true&limit=100')
        return items.filter(it => it.kind === 'sos' && it.elder?.id === elder).length
      }).toBe(1)
      // What the watch has said stands at the desk: its charge, where it was, and in which coordinates.
      const { items } = await street.get<{ items: CaseView[] }>('/api/v1/cases?open=true&limit=100')
      const mine = items.find(it => it.elder?.id === elder)
      await page.goto(`${street.base}/console`)
      await row(page, mine?.id ?? '').click()
      await page.locator('#tab-course').click()
      await page.getByTestId('signals-open').click()
      const signal = page.getByTestId('signal').first()
      await expect(signal).toContainText('41 %')
      await expect(signal).toContainText(number)
      await expect(signal).toContainText('39.38100, 117.06200')
      await shot(page, `signals-${language}-${theme}`)
      expect(await new AxeBuilder(page).serious()).toEqual([])
      watch.destroy()
      expect(wrongs).toEqual([])
    } finally {
      await street.kill()
      await street.start()
    }
  })
}
