/** Keys that hold everywhere, their list, their switch; and what says that there is a newer page. */
import type { Page } from '@playwright/test';
import { clip, largeClip } from './clips';
import { add, expect, expectAccessible, extract, slowParts, test } from './fixtures';

test('the list of keys, and what they do', async ({ library: page }) => {
  await page.keyboard.press('?');
  const list = page.getByRole('dialog', { name: 'Keyboard' });
  await expect(list.getByText('Choose files')).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(list).toHaveCount(0);

  await page.evaluate(() => Reflect.deleteProperty(window, 'showOpenFilePicker'));
  await page.goto('/#/settings/usage');
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  const chooser = page.waitForEvent('filechooser');
  await page.keyboard.press('n');
  await (await chooser).setFiles(clip('small.mp4'));
  const every = page.getByRole('radio', { name: 'Every frame' });
  await expect(page.getByRole('button', { name: 'Extract 6 frames' })).toBeVisible();
  await page.keyboard.press('7');
  await expect(every).toBeChecked();
  await page.keyboard.press('1');
  await page.getByLabel('Seconds between two frames').fill('');
  await page.getByLabel('Seconds between two frames').press('2');
  await expect(every).not.toBeChecked();
  await page.getByRole('button', { name: 'Extract 3 frames' }).click();
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 60_000 });

  await page.keyboard.press('/');
  const search = page.getByRole('searchbox');
  await expect(search).toBeFocused();
  await page.keyboard.type('n?/small');
  await expect(search).toHaveValue('n?/small');
  await search.fill('');
  await page.getByRole('link', { name: 'small.mp4' }).click();
  await page.getByRole('gridcell').first().dblclick();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.keyboard.press('Shift+C');
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(copied).toBe('0:00.000000');
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await expect(page.getByRole('button', { name: 'Choose files' })).toBeVisible();
});

test('keys of one character can be turned off', async ({ library: page }) => {
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('button', { name: 'Keyboard' }).click();
  await page.getByRole('checkbox', { name: 'Keys of one character' }).uncheck();
  await page.keyboard.press('Escape');
  await page.reload();
  await expect(page.getByRole('button', { name: 'Choose files' })).toBeVisible();
  await page.keyboard.press('?');
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('a newer page is offered, but not while something is sent', async ({
  library: page,
  context,
}) => {
  const offer = page.getByText('A new version is ready.');
  await look(page);
  await expect(offer).toHaveCount(0);
  const html = '<script type="module" crossorigin src="/assets/index-newer.js"></script>';
  await page.route(/\/$/, async (route) => {
    if (route.request().resourceType() === 'document') await route.fallback();
    else await route.fulfill({ contentType: 'text/html', body: html });
  });
  await slowParts(context, 2000);
  await add(page, largeClip('version.mp4', 20_000_000));
  await extract(page);
  await look(page);
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
  await expect(offer).toHaveCount(0);
  await expect(offer).toBeVisible({ timeout: 60_000 });
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Reload' }).click();
  await expect(page.getByRole('button', { name: 'Choose files' })).toBeVisible();
  await expect(offer).toHaveCount(0);
});

/** Have the page look for a newer one, as when it comes to the front. */
async function look(page: Page): Promise<void> {
  const looked = page.waitForResponse((answer) => new URL(answer.url()).pathname === '/');
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await (await looked).finished();
}
