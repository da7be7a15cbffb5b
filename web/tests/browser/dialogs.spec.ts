/** What is said for a moment is seen, whatever is open. */
import { writeFileSync } from 'node:fs';
import type { Locator } from '@playwright/test';
import { clip, inOtherFolder } from './clips';
import { add, expect, expectAccessible, extract, test } from './fixtures';

test.beforeEach(async ({ context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
});

test('what is said stands above the frame that is open', async ({ library: page }) => {
  await add(page, clip('small.mp4'));
  await extract(page);
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 60_000 });
  await page.getByRole('link', { name: 'small.mp4' }).click();
  await page.getByRole('gridcell').first().dblclick();
  await page.getByRole('button', { name: 'Copy time' }).click();
  await expectUppermost(page.getByText('Copied'));
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Copy time' }).click();
  await page.keyboard.press('Escape');
  await expectUppermost(page.getByText('Copied').last());
  await expect(page.getByText('Copied')).toHaveCount(0);
});

test('what is said stands above a dialog', async ({ library: page }) => {
  await add(page, clip('small.mp4'));
  await expect(page.getByRole('dialog', { name: 'small.mp4' })).toBeVisible();
  const empty = inOtherFolder('empty.mp4', clip('small.mp4'));
  writeFileSync(empty, '');
  await add(page, empty);
  await expectUppermost(page.getByText('empty.mp4 is empty'));
  await expectAccessible(page);
});

/** It can be read and clicked: nothing lies above its middle. */
async function expectUppermost(words: Locator): Promise<void> {
  await expect(words).toBeVisible();
  const isOnTop = () =>
    words.evaluate((each) => {
      const { left, top, width, height } = each.getBoundingClientRect();
      return each.contains(document.elementFromPoint(left + width / 2, top + height / 2));
    });
  await expect.poll(isOnTop).toBe(true);
}
