// A phone that is signed in, and the hands that hold, slide and tick on it.
import type { Locator, Page } from '@playwright/test'
import { expect, test as base } from './kit'
import type { CaseView, Street } from './street'

export const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', permissions: ['geolocation'], geolocation: { latitude: 39.3873, longitude: 117.0335 } }

/** A home carer: asked first, whatever the hour. The other one is a grid worker, asked after. */
export const ME = 'carer1'
export const OTHER = 'grid1'

export async function signIn(page: Page, street: Street, username = ME) {
  await page.goto(`${street.base}/care`)
  await page.fill('#username', username)
  await page.fill('#password', street.login(username).password)
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('link')).toHaveClass(/good/)
}

export const test = base.extend<{ phone: Page }>({
  phone: async ({ page, street, wrongs: _ }, use) => {
    await street.clear()
    for (const it of [ME, OTHER]) await street.duty(it, true)
    await signIn(page, street)
    await use(page)
  },
})

/** Presses until `there` shows, then lets go. */
export async function hold(page: Page, what: Locator, until: () => Promise<void>) {
  // Waits until nothing lies over it: a case that is sent may have been offered a moment before.
  await what.hover()
  await page.mouse.down()
  try {
    await until()
  } finally {
    await page.mouse.up()
  }
}
/** Drags the knob over this part of its way. */
export async function slide(page: Page, part: number) {
  const knob = await page.getByTestId('knob').boundingBox()
  const track = await page.getByTestId('slide').boundingBox()
  if (!knob || !track) throw new Error('nothing to slide')
  const [x, y] = [knob.x + knob.width / 2, knob.y + knob.height / 2]
  const room = track.width - knob.width - 12
  await page.mouse.move(x, y)
  await page.mouse.down()
  for (let n = 1; n <= 12; n += 1) await page.mouse.move(x + (room * part * n) / 12, y)
  await page.mouse.up()
}
/** Ticks all that is required, and goes. */
export async function finish(page: Page) {
  for (const it of await page.getByTestId('checklist').getByRole('checkbox').all()) await it.click()
  await hold(page, page.getByTestId('step-done'), () => stage(page).toBe('done'))
}
export const stage = (page: Page) => expect.poll(() => page.getByTestId('task').getAttribute('data-stage'))
export const mine = (it: CaseView, street: Street, who = ME) => it.assignments.find(a => a.responder_id === street.login(who).responder_id)
export const caseOf = (street: Street, id: string) => street.get<CaseView>(`/api/v1/cases/${id}`)
export async function accepted(page: Page, street: Street, kind = 'fall'): Promise<CaseView> {
  const it = await street.ringFor(ME, kind)
  await expect(page.getByTestId('offer')).toBeVisible()
  await slide(page, 1)
  await expect(page.getByTestId('task')).toBeVisible()
  const now = await caseOf(street, it.id)
  await page.context().setGeolocation({ latitude: (now.place?.lat ?? 0) + 0.0003, longitude: now.place?.lon ?? 0 })
  // What is said at the door counts by where the phone is.
  await expect.poll(async () => (await street.get<{ position?: { lat: number } }>(`/api/v1/responders/${street.login(ME).responder_id}`)).position?.lat ?? 0).toBeCloseTo((now.place?.lat ?? 0) + 0.0003, 5)
  return now
}
