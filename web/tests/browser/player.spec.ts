/** The player goes from frame to frame by the file's own times, and what is taken is what was seen. */
import type { Page } from '@playwright/test';
import { clip } from './clips';
import {
  add,
  expect,
  expectAccessible,
  expectNoSidewaysScrolling,
  extract,
  holdParts,
  test,
} from './fixtures';
import { fulfil } from './told';

test('frames of a file that has not arrived are found and taken', async ({
  library: page,
  context,
}) => {
  const release = await holdParts(context, 0);
  await add(page, clip('small.mp4'));
  await openPlayer(page);
  const slider = page.getByRole('slider', { name: 'Frame' });
  await expect(page.getByText('0:00.000000 · frame 1 of 144')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Take this frame' })).toBeInViewport();
  await watchFrames(page);
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  await slider.evaluate((each) => {
    // Two before the page is drawn again.
    const press = () => new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true });
    for (const event of [press(), press()]) each.dispatchEvent(event);
  });
  await expect(page.getByText('0:00.125000 · frame 4 of 144')).toBeVisible();
  await expectShown(page, 3 / 24);
  await page.keyboard.press('Shift+ArrowRight');
  await expectShown(page, 27 / 24);
  await page.keyboard.press('Enter');
  await expect(page.getByText('0:01.125000 is added')).toBeVisible();
  await page.keyboard.press('End');
  await expectShown(page, 143 / 24);
  await page.getByRole('button', { name: 'Take this frame' }).click();
  await page.getByRole('button', { name: 'Take this frame' }).click();
  await expect(page.getByText('0:05.958333 is among them already')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Times' })).toHaveValue('1.125\n143/24');
  await expectAccessible(page);
  await page.setViewportSize({ width: 320, height: 640 });
  await expectNoSidewaysScrolling(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  await slider.focus();
  await page.keyboard.press('Home');
  await expectShown(page, 0);
  await page.keyboard.press('Space');
  await expect(page.getByText(/frame [1-9]\d+ of 144/)).toBeVisible();
  release();
  await page.getByRole('button', { name: 'Extract 2 frames' }).click();
  await page.getByRole('link', { name: 'small.mp4' }).click({ timeout: 60_000 });
  await expect(page.getByRole('gridcell')).toHaveCount(2, { timeout: 60_000 });
  await expect(page.getByRole('gridcell').first()).toContainText('0:01.125');
  await expect(page.getByRole('gridcell').last()).toContainText('0:05.958');
});

test('a video that is there is played from the storage', async ({ library: page }) => {
  const webm = clip('late.webm', ['-c:v', 'libvpx', '-b:v', '400k'], 'testsrc2=s=320x180:r=30:d=4');
  await add(page, webm);
  await extract(page);
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 60_000 });
  await page.getByRole('link', { name: 'late.webm' }).click();
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect(page.getByText('frame 1 of 120')).toBeVisible();
  await watchFrames(page);
  await page.getByRole('button', { name: 'Next frame' }).click();
  await page.getByRole('button', { name: 'Next frame' }).click();
  await expectShown(page, 0.067);
  await expire(page);
  await expect(page.getByText('frame 3 of 120')).toBeVisible();
  await page.getByRole('button', { name: 'Take this frame' }).click();
  await expect(page.getByRole('textbox', { name: 'Times' })).toHaveValue('0.067');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Extract', exact: true }).click();
  await expect(page.getByRole('gridcell')).toHaveCount(1, { timeout: 60_000 });
  await expect(page.getByRole('gridcell')).toContainText('0:00.067');
});

test('what the browser cannot play, or is gone, says so', async ({ library: page }) => {
  await add(page, clip('old.avi', ['-c:v', 'mpeg4']));
  await openPlayer(page);
  await expect(page.getByText('Your browser cannot play this format').last()).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('textbox', { name: 'Times' }).fill('1');
  await page.getByRole('button', { name: /^Extract/ }).click();
  await page.getByRole('link', { name: 'old.avi' }).click({ timeout: 60_000 });
  await page.route('**/source', (route) =>
    fulfil(route, { status: 410, code: 'gone', title: 'gone' }, 410),
  );
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect(page.getByText('Its time was up.')).toBeVisible();
});

async function openPlayer(page: Page): Promise<void> {
  await page.getByRole('radio', { name: 'At given times' }).check();
  await page.getByRole('button', { name: 'Find frames in the video' }).click();
}

/** As when the address has expired while the video is played: another is asked for. */
async function expire(page: Page): Promise<void> {
  const renewed = page.waitForResponse(/\/source$/);
  await page.locator('video').evaluate((video: HTMLVideoElement) => {
    Object.defineProperty(video, 'error', { value: { code: MediaError.MEDIA_ERR_NETWORK } });
    video.dispatchEvent(new Event('error'));
  });
  await renewed;
}

/** From now on, keep the time of the frame that the browser has drawn last. */
async function watchFrames(page: Page): Promise<void> {
  await page.locator('video').evaluate((video: HTMLVideoElement) => {
    const next: VideoFrameRequestCallback = (_, { mediaTime }) => {
      video.dataset.drawn = `${mediaTime}`;
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  });
}

/** The frame that the browser has drawn is that of a time. */
async function expectShown(page: Page, seconds: number): Promise<void> {
  const drawn = () => page.locator('video').getAttribute('data-drawn');
  await expect.poll(async () => Number(await drawn())).toBeCloseTo(seconds, 4);
}
