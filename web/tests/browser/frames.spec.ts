/** The frames under the fingers: the grid, picking, culling, taking. */
import { execFileSync } from 'node:child_process';
import type { Page } from '@playwright/test';
import { clip } from './clips';
import { add, expect, expectAccessible, extract, test } from './fixtures';

const DONE = { timeout: 90_000 };

/** Open the frames of a clip, of which there are sixty. */
async function openFrames(page: Page): Promise<void> {
  await add(page, clip('sixty.mp4', [], 'testsrc2=s=320x180:r=10:d=6'));
  await page.getByRole('radio', { name: 'Every frame' }).check();
  await extract(page);
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible(DONE);
  await page.getByRole('link', { name: 'sixty.mp4' }).click();
  await expect(cell(page, 0)).toBeVisible();
}

const cell = (page: Page, position: number) => page.locator(`[data-position="${position}"]`);
const bar = (page: Page) => page.getByRole('region', { name: 'Picked frames' });

/** The positions that are picked, as far as their cells are there. */
async function picked(page: Page): Promise<number[]> {
  return page
    .getByRole('gridcell', { selected: true })
    .evaluateAll((cells) => cells.map((each) => Number(each.dataset.position)));
}

test('frames are picked by mouse and keys, and downloaded', async ({ library: page }) => {
  await openFrames(page);
  await cell(page, 1).click();
  await cell(page, 4).click({ modifiers: ['Shift'] });
  expect(await picked(page)).toEqual([1, 2, 3, 4]);
  await expect(bar(page)).toContainText('4 picked');
  await expectAccessible(page);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowLeft');
  expect(await picked(page)).toEqual([1, 2, 3, 4, 5, 6]);
  await page.keyboard.press('Control+Home');
  await page.keyboard.press(' ');
  await expect(cell(page, 0)).toBeFocused();
  await expect(cell(page, 0)).toHaveAccessibleName('Frame 1 of 60, at 0:00.000, picked');

  await page.reload();
  await expect(bar(page)).toContainText('7 picked');
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download ZIP' }).click();
  const names = execFileSync('unzip', ['-Z1', await (await coming).path()], { encoding: 'utf8' });
  expect(names.trim().split('\n')).toEqual(
    [0, 1, 2, 3, 4, 5, 6].map((tenth) => `00-00-00.${tenth}00000.png`),
  );
  await page.getByRole('button', { name: 'Clear' }).click();
  await expect(bar(page)).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(bar(page)).toContainText('7 picked');
});
