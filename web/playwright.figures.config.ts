// Figures for docs/performance.md, with the browser and the street of the tests: `npm run figures`. No test: a figure is read by
// people, and a shared machine would fail it at random.
import { defineConfig } from '@playwright/test'
import tests from './playwright.config'

export default defineConfig(tests, { testDir: 'figures', testMatch: '*.ts', retries: 0, workers: 1, timeout: 300_000 })
