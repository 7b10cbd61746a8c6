// Browser tests against the real program on a fresh demo street. The browser is Debian's; ECD_CHROMIUM and ECD_BINARY name others.
import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // What one test does another would see: each worker has a street of its own, on a port and in a folder of its own, and one file's tests
  // run one after another. Most of the time is spent waiting for clocks, so that two keep two cores no busier than one keeps one.
  workers: Number(process.env.ECD_WORKERS ?? 2),
  fullyParallel: false,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  // A slow machine may miss a moment; what is broken fails three times.
  retries: 2,
  reporter: [['list']],
  use: {
    viewport: { width: 1440, height: 900 },
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    screenshot: 'only-on-failure',
    // Nothing is judged half-way through a fade.
    contextOptions: { reducedMotion: 'reduce' },
    launchOptions: {
      executablePath: process.env.ECD_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--enable-unsafe-swiftshader'],
    },
  },
})
