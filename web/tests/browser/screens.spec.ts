/** What screens look like where there is little room, or where users ask for other colours or less motion. */
import type { Page } from '@playwright/test';
import { expect, logIn, test } from './fixtures';
import { fulfil, tell, told, VIDEO } from './told';

const FAILED = told();
const RECORDING = { status: 'completed', reason: null, detail: null, frames: 192, sheets: 0 };
const SOURCE = { width: 1920, height: 1080, duration_seconds: 192 };
const READY = told(
  { ...RECORDING, archive_bytes: 101_000_000, source: SOURCE },
  { id: '00000000-0000-4000-8000-000000000003', name: 'holiday.mp4', status: 'ready' },
);
const WAYS = {
  '320': { viewport: { width: 320, height: 640 }, media: {} },
  // 1280 by 1024 at 400 % (WCAG 1.4.10)
  '400-percent': { viewport: { width: 320, height: 256 }, media: {} },
  'reduced-motion': { viewport: { width: 1280, height: 800 }, media: { reducedMotion: 'reduce' } },
  'forced-colors': { viewport: { width: 1280, height: 800 }, media: { forcedColors: 'active' } },
  dark: { viewport: { width: 1280, height: 800 }, media: { colorScheme: 'dark' } },
} as const;

for (const [way, { viewport, media }] of Object.entries(WAYS)) {
  test(`screens look as they did, ${way}`, async ({ page, account }) => {
    await page.setViewportSize(viewport);
    await page.emulateMedia(media);
    for (const where of ['login', 'register']) {
      await page.goto(`/#/${where}`);
      await expect(page.getByLabel('E-mail address')).toBeVisible();
      await look(page, where, way);
    }
    await logIn(page, account);
    await expect(page.getByText('No videos yet')).toBeVisible();
    await look(page, 'empty', way);
    await tell(page, FAILED);
    await page.route(/\/video\?/, (route) => fulfil(route, { items: [READY, FAILED], next: null }));
    await page.reload();
    await expect(page.getByRole('link', { name: 'holiday.mp4' })).toBeVisible();
    await look(page, 'library', way);
    await page.goto(`/#/videos/${VIDEO}`);
    await expect(page.getByRole('heading', { name: 'lecture.mov' })).toBeVisible();
    await look(page, 'failure', way);
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
    await look(page, 'keys', way);
    await page.keyboard.press('Escape');
    await page.goto('/#/settings/usage');
    await expect(page.locator('#content').getByText('Loading…')).toHaveCount(0);
    await look(page, 'usage', way);
  });
}

/** The whole page looks as it did; what has the focus is seen to have it. */
async function look(page: Page, screen: string, way: string): Promise<void> {
  await page.evaluate(() => scrollTo(0, 0));
  await expect(page).toHaveScreenshot(`${screen}-${way}.png`, { fullPage: true });
}
