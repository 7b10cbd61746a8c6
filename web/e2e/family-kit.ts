// The family's page opened by one of them, and a case about their elder that somebody is sent to.
import type { Page } from '@playwright/test'
import { expect } from './kit'
import type { CaseView, Kin, Street } from './street'

export async function enter(page: Page, street: Street, of: Kin) {
  await page.goto(await street.familyLink(of))
  await page.fill('#digits', of.digits)
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('age')).toBeVisible()
}
export const accept = async (street: Street, it: CaseView) => {
  const offer = (await street.get<CaseView>(`/api/v1/cases/${it.id}`)).offers[0]
  if (offer) await street.post(`/api/v1/cases/${it.id}/assign`, { responder_id: offer.responder_id, eta_s: 240 })
}
export const offered = (street: Street, it: CaseView) => expect.poll(async () => (await street.get<CaseView>(`/api/v1/cases/${it.id}`)).offers.length).toBeGreaterThan(0)
