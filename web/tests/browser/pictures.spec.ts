/** The pictures of `docs/page.md`, of a real video (`make page-pictures CLIP=…`). No test. */
import { writeFileSync } from 'node:fs';
import { clip, inOtherFolder } from './clips';
import { add, expect, extract, logIn, newEmail, test } from './fixtures';
import { CLIP, picture } from './picture';

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
