// Pictures of every screen, to be looked at: `npm run pictures` takes all of them, those of the tests too, into test-results/shots;
// `npm run pictures -- pictures/` only the tours of the screens, `npm run pictures -- readme` those of the README into docs/img.
import { defineConfig } from '@playwright/test'

process.env.ECD_PICTURES = '1'
const { default: tests } = await import('./playwright.config')

export default defineConfig(tests, { testDir: '.', testMatch: ['pictures/*.ts', 'e2e/*.spec.ts'], retries: 0 })
