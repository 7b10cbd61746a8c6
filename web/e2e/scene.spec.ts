// Beside a case with others: the sheet that is read out, who has acknowledged, why not; and a door that is opened step by step, at the desk
// and on the phone of whoever stands before it.
import type { Locator } from '@playwright/test'
import { AxeBuilder } from './axe'
import { accepted, hold, ME, OTHER, PHONE, signIn as signInPhone, stage } from './care-kit'
import { cutOff, expect, reconnect, row, shot, signIn, test } from './kit'
import { photoOfAPhone } from './photo'
import type { CaseView } from './street'

test.use({ testIdAttribute: 'data-test' })
const BOTH = [['zh-CN', 'light'], ['en', 'dark']] as const
interface Entry { basis?: string, witnesses: unknown[], holders: { outcome?: string }[], next: string[], means?: string, stands_open: boolean, custody?: string, photos_before: number, photos_after: number }

for (const both of BOTH) {
  const [language, theme] = both
  const en = language === 'en'
  test(`the sheet is read out, handed over and acknowledged, or waived with a reason, in ${language} and ${theme}`, async ({ page, street, wrongs }) => {
    await street.clear()
    await page.addInitScript(([l, t]) => {
      localStorage.setItem('ecd.language', l)
      localStorage.setItem('ecd.theme', t)
      sessionStorage.setItem('ecd.soundTested', 'true')
    }, both)
    await signIn(page, street)
    const it = await street.ring('sos')
    for (const to of ['110', '120']) await street.post(`/api/v1/cases/${it.id}/refer`, { to })
    await row(page, it.id).click()
    const bar = page.getByTestId('referrals')
    await expect(bar).toContainText(en ? 'cannot be closed' : '不能结案')
    await shot(page, `desk-referrals-${language}-${theme}`)
    await bar.locator('[data-act=sheet]').first().click()
    const sheet = page.getByTestId('sheet')
    const address = it.elder?.address ?? ''
    await expect(sheet).toContainText(address)
    await expect(sheet).toContainText(it.number)
    await shot(page, `desk-sheet-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    const printed = await page.evaluate(() => new Promise<string>(done => { window.print = () => done(document.querySelector('.print-sheet')?.textContent ?? ''); (document.querySelector('[data-test=sheet-print]') as HTMLElement).click() }))
    expect(printed).toContain(address)
    expect(printed).toContain(en ? 'Signature' : '签字')
    // Read out: a record, and no acknowledgement.
    const referrals = async () => (await street.get<CaseView>(`/api/v1/cases/${it.id}`)).referrals
    await page.locator('[data-way=read_out]').click()
    await expect(page.getByTestId('was-handed')).toBeVisible()
    expect((await referrals()).map(r => [r.handed ?? [], !!r.acknowledged_at])).toContainEqual([['read_out'], false])
    // A time that is not within the last day, at its field; before the hand-over it is refused there as well.
    const now = new Date(Date.now() + 8 * 3_600_000)
    const clock = (minutes: number) => new Date(now.getTime() + minutes * 60_000).toISOString().slice(11, 16)
    await page.getByTestId('ack-at').fill(clock(-90))
    await page.getByTestId('ack-do').click()
    await expect(page.getByTestId('wrong-at')).toBeVisible()
    await page.getByTestId('ack-at').fill('')
    await page.getByTestId('ack-by').fill('王警官 8812')
    await page.getByTestId('ack-do').click()
    await expect(page.getByTestId('referral')).toBeHidden()
    expect((await referrals()).filter(r => r.acknowledged_at)).toHaveLength(1)
    // The other is waived, and not without a reason.
    await bar.locator('[data-act=acknowledge]').click()
    await page.getByTestId('waive-do').click()
    await expect(page.getByTestId('wrong-reason')).toBeVisible()
    await page.getByTestId('waive-reason').fill('120 已到现场')
    await page.getByTestId('waive-do').click()
    await expect(page.getByTestId('referral')).toBeHidden()
    await expect(bar).not.toHaveClass(/waits/)
    expect((await referrals()).every(r => r.acknowledged_at || r.waived_at)).toBe(true)
    await shot(page, `desk-referred-${language}-${theme}`)
    // On a narrow screen nothing lies beyond its edge.
    await bar.locator('[data-act=sheet]').first().click()
    await page.setViewportSize({ width: 360, height: 740 })
    await expect(sheet).toBeVisible()
    expect(await page.getByTestId('referral').evaluate(one => [...one.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).length)).toBe(0)
    await shot(page, `desk-sheet-narrow-${language}-${theme}`)
    expect(wrongs).toEqual([])
  })

  test(`the desk opens a door step by step, and the case does not close before it is secured, in ${language} and ${theme}`, async ({ page, street, wrongs }) => {
    await street.clear()
    await page.addInitScript(([l, t]) => {
      localStorage.setItem('ecd.language', l)
      localStorage.setItem('ecd.theme', t)
      sessionStorage.setItem('ecd.soundTested', 'true')
    }, both)
    await signIn(page, street)
    const it = await street.ring('fall')
    const entry = () => street.get<Entry>(`/api/v1/cases/${it.id}/entry`)
    await row(page, it.id).click()
    await page.locator('[data-act=entry-key]').click()
    const steps = page.getByTestId('entry-steps')
    const step = (name: string) => steps.locator(`[data-step=${name}]`)
    await expect(step('consent')).toHaveAttribute('data-state', 'next')
    await expect(step('secured').locator('.head')).toBeDisabled()
    await page.getByTestId('entry-record').click()
    await expect(page.getByTestId('entry-wrong')).toBeVisible()
    await step('consent').locator('label', { has: page.locator('input[value=danger]') }).click()
    await page.getByTestId('entry-record').click()
    await expect(page.getByTestId('entry-words-wrong')).toBeVisible()
    await shot(page, `desk-entry-${language}-${theme}`)
    expect(await new AxeBuilder(page).serious()).toEqual([])
    await page.getByTestId('entry-words').fill('屋内有呻吟声，家属电话不通')
    await page.getByTestId('entry-record').click()
    await expect(step('consent')).toHaveAttribute('data-state', 'done')
    await expect(step('consent').locator('.traces')).toBeVisible()
    // Whoever holds a key, each in turn.
    for (let n = 0; n < (await entry()).holders.length; n += 1) {
      if (await step('keys').locator('.holder').count() === 0) await step('keys').locator('.head').click()
      await step('keys').locator('.holder').nth(n).locator('[data-outcome=no_answer]').click()
      await expect.poll(async () => (await entry()).holders.filter(one => one.outcome).length).toBe(n + 1)
    }
    await expect(step('called')).toHaveAttribute('data-state', 'next')
    await step('called').locator('[data-refer="110"]').click()
    await page.getByTestId('confirm').click()
    await expect(page.getByTestId('entry-bar')).toBeVisible()
    await page.getByTestId('entry-bar').getByRole('button').click()
    for (const [n, [kind, who]] of ([['police', '李警官 110233'], ['neighbour', '赵阿姨 13800000000']] as const).entries()) {
      await step('witnesses').locator('label', { has: page.locator(`input[value=${kind}]`) }).click()
      await page.getByTestId('entry-words').fill(who)
      await page.getByTestId('entry-record').click()
      await expect.poll(async () => (await entry()).witnesses.length).toBe(n + 1)
      if (n === 0) await expect(page.getByTestId('entry-words')).toHaveValue('')
    }
    await expect(step('photo_before')).toHaveAttribute('data-state', 'next')
    // By force without the photo: not without a reason, and what is missing is named.
    await step('opened').locator('.head').click()
    await step('opened').locator('label', { has: page.locator('input[value=force]') }).click()
    await expect(page.getByTestId('entry-missing')).toContainText(en ? 'Photo before' : '开门前照片')
    await page.getByTestId('entry-record').click()
    await expect(page.getByTestId('entry-words-wrong')).toBeVisible()
    expect((await entry()).means).toBeUndefined()
    await page.getByTestId('entry-words').fill('来不及拍照')
    await shot(page, `desk-entry-force-${language}-${theme}`)
    await page.getByTestId('entry-record').click()
    await expect.poll(async () => (await entry()).stands_open).toBe(true)
    await expect(step('photo_before')).toHaveAttribute('data-state', 'skipped')
    // It does not close while the door stands open.
    await page.keyboard.press('Escape')
    await expect(page.getByTestId('entry-bar')).toHaveClass(/holds/)
    await shot(page, `desk-entry-open-${language}-${theme}`)
    await street.photo(it.id, await photoOfAPhone(page, 900, 700))
    await page.getByTestId('entry-bar').getByRole('button').click()
    await expect(step('photo_after')).toHaveAttribute('data-state', 'done')
    await expect(step('secured')).toHaveAttribute('data-state', 'next')
    await step('secured').locator('label', { has: page.locator('input[value=family]') }).click()
    await page.getByTestId('entry-record').click()
    await expect.poll(async () => (await entry()).custody).toBe('family')
    await expect(page.getByTestId('entry-steps').locator('[data-state=done]')).toHaveCount(7)
    await shot(page, `desk-entry-done-${language}-${theme}`)
    await page.setViewportSize({ width: 360, height: 740 })
    expect(await page.getByTestId('entry').evaluate(one => [...one.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).length)).toBe(0)
    expect(wrongs).toEqual([])
  })
}

test.describe('at the door', () => {
  test.use(PHONE)
  for (const both of BOTH) {
    const [language, theme] = both
    test(`whoever stands there goes through the list, with a network and without, in ${language} and ${theme}`, async ({ page, context, street, wrongs }) => {
      await street.clear()
      for (const who of [ME, OTHER]) await street.duty(who, true)
      await page.addInitScript(([l, t]) => {
        localStorage.setItem('ecd.language', l)
        localStorage.setItem('ecd.theme', t)
      }, both)
      await signInPhone(page, street)
      const it = await accepted(page, street)
      const entry = () => street.get<Entry>(`/api/v1/cases/${it.id}/entry`)
      await page.getByTestId('step-arrive').click()
      await stage(page).toBe('arrived')
      await expect(page.getByTestId('entry')).toHaveCount(0)
      await hold(page, page.getByTestId('step-no-entry'), () => expect(page.getByTestId('entry')).toBeVisible())
      const step = (name: string) => page.getByTestId('entry').locator(`[data-step=${name}]`)
      // Head and foot of the page lie over what stands at the edge.
      const tap = async (what: Locator) => {
        await what.evaluate(one => scrollBy(0, one.getBoundingClientRect().top - 150))
        await what.click()
      }
      await expect(step('consent')).toHaveAttribute('data-state', 'next')
      await tap(step('consent').locator('[data-choice=danger]'))
      await tap(page.getByTestId('entry-record'))
      await expect(page.getByTestId('entry-wrong')).toBeVisible()
      await page.getByTestId('entry-words').fill('屋内有人呻吟')
      await page.getByTestId('entry').evaluate(one => one.scrollIntoView({ block: 'start' }))
      await shot(page, `care-entry-${language}-${theme}`)
      expect((await new AxeBuilder(page).serious()).filter(one => !one.startsWith('target-size'))).toEqual([])
      await tap(page.getByTestId('entry-record'))
      await expect.poll(async () => (await entry()).basis).toBe('danger')
      await expect(step('consent')).toHaveAttribute('data-state', 'done')
      await expect(step('consent').locator('p.soft')).toHaveCount(1)
      // A photo from before, under its own step.
      await tap(step('photo_before').locator('.head'))
      await step('photo_before').getByTestId('entry-photo').setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: await photoOfAPhone(page, 1_200, 900) })
      await expect.poll(async () => (await entry()).photos_before).toBe(1)
      // Without a network: the step waits on the phone and goes by itself.
      await cutOff(context)
      await tap(step('witnesses').locator('.head'))
      await tap(step('witnesses').locator('[data-choice=neighbour]'))
      await page.getByTestId('entry-words').fill('赵阿姨 13800000000')
      await tap(page.getByTestId('entry-record'))
      await expect(page.getByTestId('entry').locator('.chip.warn')).toBeVisible()
      expect((await entry()).witnesses).toHaveLength(0)
      await reconnect(context)
      await expect.poll(async () => (await entry()).witnesses.length, { timeout: 40_000 }).toBe(1)
      // By force with steps left out: a reason, or not at all.
      await tap(step('opened').locator('.head'))
      await tap(step('opened').locator('[data-choice=force]'))
      await expect(page.getByTestId('entry-missing')).toBeVisible()
      await tap(page.getByTestId('entry-record'))
      await expect(page.getByTestId('entry-wrong')).toBeVisible()
      await page.getByTestId('entry-words').fill('老人有生命危险')
      await tap(page.getByTestId('entry-record'))
      await expect.poll(async () => (await entry()).stands_open).toBe(true)
      await expect(step('photo_after')).toHaveAttribute('data-state', 'next')
      await page.getByTestId('entry').evaluate(one => one.scrollIntoView({ block: 'start' }))
      await shot(page, `care-entry-open-${language}-${theme}`)
      await tap(step('secured').locator('.head'))
      await tap(step('secured').locator('[data-choice=community]'))
      await page.getByTestId('entry-words').fill('换了锁芯，钥匙交居委会')
      await tap(page.getByTestId('entry-record'))
      await expect.poll(async () => (await entry()).custody).toBe('community')
      expect(wrongs).toEqual([])
    })
  }
})
