/** More pictures of `docs/page.md` (`make page-pictures CLIP=…`): what few open. No test. */
import { join } from 'node:path';
import { clip, folderOf } from './clips';
import { ADMIN, add, expect, extract, logIn, test } from './fixtures';
import { CLIP, picture } from './picture';

test.beforeEach(async ({ page }) => {
  test.skip(CLIP === '', 'only where a video is given');
  test.setTimeout(600_000);
  await page.setViewportSize({ width: 1200, height: 760 });
});

test('the first visit, the player, and proof', async ({ library: page }) => {
  await expect(page.getByRole('button', { name: 'Try it with a sample' })).toBeVisible();
  await picture(page, 'first-visit');
  await add(page, CLIP);
  await page.getByText('Every second, JPEG').click();
  await extract(page);
  const zip = page.getByRole('button', { name: 'ZIP' });
  await expect(zip).toBeVisible({ timeout: 240_000 });
  const coming = page.waitForEvent('download');
  await zip.click();
  const path = join(folderOf(clip('small.mp4')), 'frames.zip');
  await (await coming).saveAs(path);

  await page.locator('.row-name a').click();
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  const slider = page.getByRole('slider', { name: 'Frame' });
  await slider.fill('421');
  await page.getByRole('button', { name: 'Take this frame' }).click();
  await slider.fill('500');
  await page.waitForTimeout(7000);
  await picture(page, 'player');
  await page.keyboard.press('Escape');
  await page.goto('/#/check');
  await page.getByTestId('check-files').setInputFiles(path);
  await expect(page.getByText(/^All \d+ frames are unchanged/)).toBeVisible();
  await picture(page, 'check');
  await page.goto('/#/help/failures/unsupported_codec');
  await expect(page.locator('.is-meant')).toBeInViewport();
  await picture(page, 'help');
});

test('administration', async ({ page }) => {
  test.skip(ADMIN.email === '', 'only where there is an administrator');
  await logIn(page, ADMIN);
  await page.goto('/#/admin/users');
  await expect(page.getByRole('listitem').first()).toBeVisible();
  await picture(page, 'administration');
});
