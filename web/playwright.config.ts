import { join } from 'node:path';
import { defineConfig } from '@playwright/test';

/** The product is started by whoever runs this (`make test-page`), which says where it is. */
const { FOTOGRAMA_URL = 'http://localhost:8080', BROWSER, CI } = process.env;

const FONTCONFIG_FILE = join(import.meta.dirname, 'tests/browser/fonts.conf');

export default defineConfig({
  testDir: 'tests/browser',
  outputDir: process.env.PAGE_RESULTS ?? '../.fotograma/page-results',
  workers: 1,
  retries: 0,
  forbidOnly: CI === 'true',
  timeout: 120_000,
  expect: {
    timeout: 30_000,
    // Another version of the browser may draw an edge otherwise, but nothing elsewhere.
    toHaveScreenshot: { maxDiffPixelRatio: 0.005, animations: 'disabled', caret: 'hide' },
  },
  snapshotPathTemplate: '{testDir}/screens/{arg}{ext}',
  // One that is missing is an error: `scripts/npm run test:page -- screens.spec.ts -u` takes them anew.
  updateSnapshots: 'none',
  reporter: 'list',
  use: {
    baseURL: FOTOGRAMA_URL,
    locale: 'en-US',
    timezoneId: 'UTC',
    viewport: { width: 1280, height: 800 },
    trace: 'off',
    launchOptions: {
      env: { ...(process.env as Record<string, string>), FONTCONFIG_FILE },
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
