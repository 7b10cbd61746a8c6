// A screen on the wall: its link opened, and its map drawn.
import type { Page } from '@playwright/test'
import { expect } from './kit'
import type { Street } from './street'

export async function hang(page: Page, street: Street, language = 'zh-CN', theme = 'dark') {
  const { link } = await street.post<{ link: string }>('/api/v1/walls', { label: language === 'en' ? 'Hall' : '一楼大厅' }, 'leader')
  await page.addInitScript(([l, t]) => {
    localStorage.setItem('ecd.language', l)
    localStorage.setItem('ecd.theme', t)
  }, [language, theme] as const)
  await page.goto(link)
  await expect(page.getByTestId('wall')).toHaveAttribute('data-state', 'live')
}
export async function drawn(page: Page) {
  await expect(page.getByTestId('map')).toHaveAttribute('data-ready', 'true', { timeout: 60_000 })
  await expect(page.getByTestId('map')).toHaveAttribute('data-idle', 'true', { timeout: 60_000 })
}
