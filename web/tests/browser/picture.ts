/** Pictures for the documentation: of a real video, on a running product. */
import { join } from 'node:path';
import type { Page } from '@playwright/test';

/** Without one, no pictures are taken. */
export const { CLIP = '' } = process.env;
export const { PICTURES = '../docs/pictures' } = process.env;

/** Take a picture once what moves, or changes its colour, has come to its end. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.evaluate(async () => {
    const ending = document
      .getAnimations()
      .filter((each) => Number.isFinite(each.effect?.getComputedTiming().endTime));
    await Promise.allSettled(ending.map((each) => each.finished));
  });
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}
