/** A video of sixty frames, and what is shown of them. */
import type { Page } from '@playwright/test';
import { clip } from './clips';
import { add, expect, extract } from './fixtures';

export const DONE = { timeout: 90_000 };

/** Open the frames of a clip, of which there are sixty. */
export async function openFrames(page: Page): Promise<void> {
  await add(page, clip('sixty.mp4', [], 'testsrc2=s=320x180:r=10:d=6'));
  await page.getByRole('radio', { name: 'Every frame' }).check();
  await extract(page);
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible(DONE);
  await page.getByRole('link', { name: 'sixty.mp4' }).click();
  await expect(cell(page, 0)).toBeVisible();
}

export const cell = (page: Page, position: number) => page.locator(`[data-position="${position}"]`);
export const bar = (page: Page) => page.getByRole('region', { name: 'Picked frames' });
