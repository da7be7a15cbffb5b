// The page in Firefox: log in, upload, resume after a reload, see the frames. Ends with 1 if that
// does not work, or if the page logs an error.
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';

const { FOTOGRAMA_URL: url = 'http://localhost:8080', BROWSER = '/usr/bin/firefox-esr' } =
  process.env;
const WAIT = { timeout: 120_000 };
const account = {
  email: `fox-${Date.now()}@example.org`,
  password: 'correct horse battery staple',
};

const clip = join(mkdtempSync(join(tmpdir(), 'fotograma-fox-')), 'fox.mp4');
const source = ['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=24:d=4'];
execFileSync('ffmpeg', ['-v', 'error', ...source, '-c:v', 'libx264', '-pix_fmt', 'yuv420p', clip]);
await fetch(`${url}/auth/register`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(account),
});

const browser = await puppeteer.launch({ browser: 'firefox', executablePath: BROWSER });
const troubles = [];
try {
  const page = await browser.newPage();
  page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
  page.on('pageerror', (error) => troubles.push(String(error)));
  await page.goto(url);
  await page.locator('::-p-aria(E-mail address)').fill(account.email);
  await page.locator('input[type=password]').fill(account.password);
  await page.locator('::-p-text(Log in)[type=submit], button[type=submit]').click();
  const files = await page.waitForSelector('[data-testid=files]', WAIT);
  await files.uploadFile(clip);
  await page.waitForFunction(() => document.body.textContent?.includes('Extract 4 frames'), WAIT);
  await page.locator('::-p-aria(Extract 4 frames)').click();
  await page.reload();
  await page.waitForFunction(
    () => /\bZIP\b|Choose fox.mp4 again/.test(document.body.textContent ?? ''),
    WAIT,
  );
  const again = await page.$('[data-testid=file-again]');
  await again?.uploadFile(clip);
  const link = await page.waitForSelector('.row-name a', WAIT);
  await link.click();
  await page.waitForFunction(() => document.querySelectorAll('[role=gridcell]').length === 4, WAIT);
} finally {
  await browser.close();
}
if (troubles.length > 0) throw new Error(troubles.join('\n'));
