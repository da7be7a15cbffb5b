/** The pictures of `docs/page.md`, of a real video (`make page-pictures CLIP=…`). No test. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { clip, inOtherFolder } from './clips';
import { add, expect, extract, logIn, newEmail, test } from './fixtures';
import { CLIP, PICTURES, picture } from './picture';

const account = {
  email: `maria@${newEmail().split('@')[0]}.example.org`,
  password: 'twelve wet trombones',
};

test('pictures', async ({ page, request }) => {
  test.skip(CLIP === '', 'only where a video is given');
  test.setTimeout(600_000);
  await request.post('/auth/register', { data: account });
  await page.setViewportSize({ width: 1200, height: 760 });
  await logIn(page, account);

  const broken = inOtherFolder('old-tape.avi', clip('small.mp4'));
  writeFileSync(broken, 'No video. '.repeat(1000));
  await add(page, broken);
  await extract(page);
  await expect(page.locator('.is-problem')).toBeVisible({ timeout: 120_000 });

  await add(page, CLIP);
  await page.getByText('Every second, JPEG').click();
  await expect(page.getByRole('img', { name: /^Preview at/ })).toHaveCount(12);
  await page.waitForTimeout(8000);
  await picture(page, 'compose');
  await extract(page);
  await add(page, CLIP);
  await page.getByText('Dataset').click();
  await extract(page);
  await expect(page.locator('.live-tile').first()).toBeVisible({ timeout: 120_000 });
  await picture(page, 'library');
  await page.locator('.row:has(.live-tile) .row-name a').first().click();
  await expect(page.locator('.live-tile').first()).toBeVisible({ timeout: 120_000 });
  await picture(page, 'progress');
  await page.goto('/#/');
  const finished = page.locator('.row:has-text("ZIP") .row-name a').first();
  await finished.click({ timeout: 240_000 });
  await expect(page.getByRole('gridcell').first()).toBeVisible();
  await page.waitForTimeout(2000);
  await picture(page, 'video');
  await pictureFrames(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture(page, 'dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 390, height: 760 });
  await page.goto('/#/');
  await page.waitForTimeout(1000);
  await picture(page, 'phone');
  await page.setViewportSize({ width: 1200, height: 760 });
  await page.getByRole('link', { name: 'old-tape.avi' }).click();
  await expect(page.locator('.state-sign')).toBeVisible();
  await picture(page, 'failure');
});

/** Picks, the loupe, an evidence sheet. */
async function pictureFrames(page: Page): Promise<void> {
  const cell = (position: number) => page.locator(`[data-position="${position}"]`);
  await cell(3).click();
  await cell(8).click({ modifiers: ['Shift'] });
  await cell(12).click();
  await picture(page, 'picked');
  await cell(9).dblclick();
  for (const key of ['x', 'p', 'x']) await page.keyboard.press(key);
  await page.waitForTimeout(2000);
  await picture(page, 'loupe');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Contact sheet' }).click();
  await page.getByLabel('Evidence sheet').check();
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Make it' }).click();
  const pdf = await (await coming).path();
  for (const [number, name] of ['evidence-sheet', 'contact-sheet'].entries()) {
    const only = ['-f', `${number + 1}`, '-l', `${number + 1}`, '-singlefile'];
    execFileSync('pdftoppm', ['-r', '80', '-png', ...only, pdf, join(PICTURES, name)]);
  }
}
