import { defineConfig } from '@playwright/test';

/** The product is started by whoever runs this (`make test-page`), which says where it is. */
const { FOTOGRAMA_URL = 'http://localhost:8080', BROWSER, CI } = process.env;

export default defineConfig({
  testDir: 'tests/browser',
  outputDir: process.env.PAGE_RESULTS ?? '../.fotograma/page-results',
  workers: 1,
  retries: 0,
  forbidOnly: CI === 'true',
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    baseURL: FOTOGRAMA_URL,
    locale: 'en-US',
    timezoneId: 'UTC',
    viewport: { width: 1280, height: 800 },
    trace: 'off',
    launchOptions: {
      executablePath: BROWSER ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
