/** Whatever is done is answered at once: nothing jumps, nothing blocks, nothing is lost. */
import { readFileSync } from 'node:fs';
import type { Locator, Page } from '@playwright/test';
import { clip } from './clips';
import { add, expect, expectAccessible, extract, holdParts, test } from './fixtures';
import { bar, cell, DONE, openFrames } from './sixty';
import { fulfil, told, VIDEO } from './told';

/** Hold back requests until what is returned is called; and count them. */
async function hold(
  page: Page,
  which: RegExp,
): Promise<{ release: () => void; count: () => number }> {
  const { promise: isReleased, resolve: release } = Promise.withResolvers<void>();
  let count = 0;
  await page.route(which, async (route) => {
    count += 1;
    await isReleased;
    await route.continue().catch(() => {});
  });
  return { release, count: () => count };
}

/** Click, and see what a button says of itself two frames of the screen later. */
function busyAfterClick(button: Locator): Promise<string | null> {
  return button.evaluate(async (element: HTMLElement) => {
    element.click();
    for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
    return element.getAttribute('aria-busy');
  });
}

test('a button at work shows it at once, and works once', async ({ library: page }) => {
  await openFrames(page);
  await cell(page, 1).click();
  const { release, count } = await hold(page, /\/selection$/);
  const coming = page.waitForEvent('download');
  const download = page.getByRole('button', { name: 'Download ZIP' });
  expect(await busyAfterClick(download)).toBe('true');
  await download.dispatchEvent('click');
  release();
  await coming;
  await expect(download).not.toHaveAttribute('aria-busy');
  expect(count()).toBe(1);
});

test('a library that does not come says so, and is not called empty', async ({ library: page }) => {
  const problem = { title: 'Service away', status: 503, code: 'unavailable' };
  await page.route(/\/video(\?|\/events)/, (route) => fulfil(route, problem, 503));
  await page.reload();
  const again = page.locator('#content').getByRole('button', { name: 'Try again' });
  await expect(again).toBeVisible();
  await expect(page.getByText('No videos yet')).toHaveCount(0);
  await expectAccessible(page);
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await again.click();
  await expect(page.getByText('No videos yet')).toBeVisible();
  await expect(again).toHaveCount(0);
});

test('rows keep the place of a library that is slow to come', async ({ library: page }) => {
  const { release } = await hold(page, /\/video(\?|\/events)/);
  await page.reload();
  await expect(page.locator('.row.is-waiting')).toHaveCount(3);
  await expect(page.getByText('No videos yet')).toHaveCount(0);
  release();
  await expect(page.getByText('No videos yet')).toBeVisible();
  await expect(page.locator('.row.is-waiting')).toHaveCount(0);
});

test('the library is found where it was left, and other screens at their top', async ({
  library: page,
}) => {
  const items = Array.from({ length: 60 }, (_, n) => {
    const id = `${VIDEO.slice(0, -2)}${n + 10}`;
    return told({ video_id: id }, { id, name: `lecture-${n}.mov` });
  });
  await page.route('**/video/events', (route) => route.fulfill({ status: 204 }));
  await page.route(/\/video\?/, (route) => fulfil(route, { items, next: null }));
  await page.reload();
  const link = page.getByRole('link', { name: 'lecture-40.mov' });
  await link.scrollIntoViewIfNeeded();
  const scrolled = () => page.evaluate(() => Math.round(scrollY));
  const before = await scrolled();
  expect(before).toBeGreaterThan(1000);
  await link.click();
  await expect(page.getByRole('heading', { name: 'lecture-40.mov' })).toBeVisible();
  await page.goBack();
  await expect(link).toBeInViewport();
  await link.click();
  await page.getByRole('link', { name: 'Videos' }).click();
  await expect(link).toBeInViewport();
  expect(await scrolled()).toBe(before);
  await page.evaluate(() => {
    location.hash = '#/help/failures';
  });
  await expect(page.getByRole('heading', { level: 1, name: 'When something fails' })).toBeVisible();
  expect(await scrolled()).toBe(0);
});

test('a file may be dropped onto any screen', async ({ library: page, context }) => {
  await page.goto('/#/settings/account');
  await expect(page.getByRole('heading', { level: 1, name: 'Account' })).toBeVisible();
  const chromium = await context.newCDPSession(page);
  const data = { items: [], files: [clip('small.mp4')], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver'] as const) {
    await chromium.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
  }
  await expect(page.locator('.drop-veil')).toBeVisible();
  await chromium.send('Input.dispatchDragEvent', { type: 'drop', x: 400, y: 300, data });
  await expect(page.getByRole('button', { name: 'Extract 6 frames' })).toBeVisible();
  await expect(page.locator('.drop-veil')).toHaveCount(0);
  await expect(page).toHaveURL(/#\/$/);
});

test('a file may be pasted', async ({ library: page }) => {
  await page.goto('/#/help');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  const bytes = readFileSync(clip('small.mp4')).toString('base64');
  await page.evaluate((bytes) => {
    const file = Uint8Array.from(atob(bytes), (each) => each.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([file], 'pasted.mp4', { type: 'video/mp4' }));
    clipboardData.items.add(new File([file], 'table.png', { type: 'image/png' }));
    dispatchEvent(new ClipboardEvent('paste', { clipboardData }));
  }, bytes);
  await expect(page.getByRole('dialog', { name: 'pasted.mp4' })).toBeVisible();
  await expect(page.locator('.row')).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Extract 6 frames' })).toBeVisible();
});

test('a frame has its thumbnail in its place until it is there', async ({ library: page }) => {
  await openFrames(page);
  await expect(cell(page, 2).locator('.frame[style*="background-image"]')).toBeVisible();
  const { release } = await hold(page, /\.png(\?|$)/);
  await cell(page, 2).dblclick();
  const picture = page.locator('.loupe img');
  await expect(picture).toHaveCSS('background-image', /^url/);
  const before = await picture.boundingBox();
  expect(before).toMatchObject({ width: 320, height: 180 });
  release();
  await expect
    .poll(() => picture.evaluate((each: HTMLImageElement) => each.naturalWidth))
    .toBe(320);
  expect(await picture.boundingBox()).toEqual(before);
});

test('the first pick moves nothing', async ({ library: page }) => {
  await page.setViewportSize({ width: 320, height: 800 });
  await openFrames(page);
  const before = await cell(page, 0).boundingBox();
  await cell(page, 0).click();
  await expect(bar(page)).toContainText('1 picked');
  expect(await cell(page, 0).boundingBox()).toEqual(before);
});

test('frames that are listed late move nothing', async ({ library: page }) => {
  await page.setViewportSize({ width: 320, height: 800 });
  const { release } = await hold(page, /\/frames(\?|$)/);
  await openFrames(page);
  const before = await cell(page, 0).boundingBox();
  release();
  await expect(cell(page, 0).locator('.frame[style*="background-image"]')).toBeVisible();
  expect(await cell(page, 0).boundingBox()).toEqual(before);
});

test('the strip shows what is at the pointer, before it goes there', async ({ library: page }) => {
  await openFrames(page);
  const strip = page.getByRole('slider', { name: 'Position in the video' });
  const { width, height } = (await strip.boundingBox()) ?? { width: 0, height: 0 };
  await strip.hover({ position: { x: width / 2, y: height / 2 } });
  const glance = page.locator('.glance');
  await expect(glance.locator('time')).toHaveText('0:03.0');
  await expect(glance.locator('.frame')).toHaveCSS('background-image', /^url/);
  await strip.hover({ position: { x: width - 1, y: height / 2 } });
  await expect(glance).toBeInViewport({ ratio: 1 });
  await page.mouse.move(2, 2);
  await expect(glance).toHaveCount(0);
});

test('a file has its picture while it is sent', async ({ library: page, context }) => {
  const release = await holdParts(context, 0);
  await add(page, clip('small.mp4'));
  await expect(page.getByRole('img', { name: /^Preview at/ })).toHaveCount(6);
  await extract(page);
  const poster = page.locator('.row .poster img');
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
  await expect(poster).toHaveAttribute('src', /^blob:/);
  await expectAccessible(page);
  release();
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible(DONE);
  await expect(poster).toBeVisible();
});

test('what can be undone is offered on its own screen, and can be put away', async ({
  library: page,
}) => {
  await openFrames(page);
  const undo = page.getByRole('button', { name: 'Undo' });
  const clear = async () => {
    await cell(page, 1).click();
    await bar(page).getByRole('button', { name: 'Clear' }).click();
    await expect(undo).toBeVisible();
  };
  await clear();
  await expectAccessible(page);
  await page.locator('.toast').getByRole('button', { name: 'Close' }).click();
  await expect(undo).toHaveCount(0);
  await clear();
  await clear();
  await page.getByRole('button', { name: 'Other frames' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expect(undo).toHaveCount(0);
  await page.keyboard.press('Escape');
  await clear();
  await page.getByRole('link', { name: 'Videos' }).click();
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible();
  await expect(undo).toHaveCount(0);
});

test('at 400 % frames are picked and looked at, and dialogs are read to their end', async ({
  library: page,
}) => {
  await openFrames(page);
  // 1280 by 800 at 400 %
  await page.setViewportSize({ width: 320, height: 200 });
  await cell(page, 1).click();
  await expect(bar(page)).toContainText('1 picked');
  await cell(page, 0).focus();
  await page.keyboard.press('Enter');
  const picture = page.locator('.loupe img');
  await expect(picture).toBeInViewport({ ratio: 1 });
  expect((await picture.boundingBox())?.height).toBeGreaterThan(90);
  await page.getByRole('button', { name: 'Pick', exact: true }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Other frames' }).click();
  const extract = page.getByRole('dialog').getByRole('button', { name: /^Extract/ });
  await extract.scrollIntoViewIfNeeded();
  await expect(extract).toBeInViewport();
});

test('a double click enlarges what it is on', async ({ library: page }) => {
  await openFrames(page);
  await page.setViewportSize({ width: 280, height: 400 });
  await cell(page, 0).focus();
  await page.keyboard.press('Enter');
  const picture = page.locator('.loupe img');
  const room = page.locator('.loupe-picture');
  const left = () => room.evaluate((each) => each.scrollLeft);
  const most = () => room.evaluate((each) => each.scrollWidth - each.clientWidth);
  await expect(picture).toBeVisible();
  await picture.dblclick({ position: { x: 240, y: 40 } });
  await expect(room).toHaveClass(/is-large/);
  await expect.poll(async () => (await left()) / (await most())).toBe(1);
  await page.keyboard.press('z');
  await picture.dblclick({ position: { x: 4, y: 40 } });
  await expect.poll(left).toBe(0);
});

test.describe('by touch', () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 760 } });

  test('a finger goes from frame to frame, and closes the last', async ({ library: page }) => {
    await openFrames(page);
    await cell(page, 1).tap();
    await sweep(page, { x: -120, y: 10 });
    await expect(page.getByRole('dialog')).toHaveAccessibleName(/0:00.200000/);
    await sweep(page, { x: 120, y: -10 });
    await expect(page.getByRole('dialog')).toHaveAccessibleName(/0:00.100000/);
    await sweep(page, { x: 5, y: 120 });
    await expect(page.getByRole('dialog')).toHaveCount(0);
  });

  test('what a finger aims at is 44 pixels high', async ({ library: page }) => {
    await expectLarge(page);
    for (const where of ['settings/account', 'settings/keys', 'help', 'check']) {
      await page.goto(`/#/${where}`);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expectLarge(page);
    }
    await page.goto('/#/');
    await openFrames(page);
    await expectLarge(page);
    await page.getByRole('button', { name: 'Other frames' }).tap();
    await expect(page.getByRole('dialog')).toBeVisible();
    await expectLarge(page);
    await page.keyboard.press('Escape');
    await cell(page, 0).tap();
    await expect(page.locator('.loupe img')).toBeVisible();
    await expectLarge(page);
  });

  test('choices stay where they are when the file has been read', async ({ library: page }) => {
    const { release } = await hold(page, /\/assets\/worker-/);
    await add(page, clip('small.mp4'));
    const preset = page.getByText('Every second, JPEG');
    await expect(page.getByText('Reading the file on your computer…').first()).toBeVisible();
    await page.locator('dialog').evaluate(isStill);
    await expect(preset).toBeInViewport();
    const before = await preset.boundingBox();
    release();
    await expect(page.getByRole('img', { name: /^Preview at/ })).toHaveCount(6);
    expect(await preset.boundingBox()).toEqual(before);
  });

  test('the strip alone stays above the frames', async ({ library: page }) => {
    await openFrames(page);
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await expect(page.getByRole('slider', { name: 'Position in the video' })).toBeInViewport({
      ratio: 1,
    });
    await expect(page.getByRole('button', { name: 'Select', exact: true })).not.toBeInViewport();
  });
});

const AIMED_AT = 'button, a.button, nav a, .back, select, textarea, .input, label.check';

/** Nothing that is tapped is smaller than a finger; a field's own button lies within it. */
async function expectLarge(page: Page): Promise<void> {
  const small = await page.evaluate((selector) => {
    const within = document.querySelector('dialog[open]') ?? document.body;
    const isSmall = (each: Element) =>
      each.checkVisibility() &&
      each.closest('.unseen, .skip, .with-button') === null &&
      each.getBoundingClientRect().height < 44;
    return [...within.querySelectorAll(selector)].filter(isSmall).map((each) => each.outerHTML);
  }, AIMED_AT);
  expect(small).toEqual([]);
}

/** In the page: once what moves an element has come to its end. */
async function isStill(element: Element): Promise<void> {
  await Promise.allSettled(element.getAnimations().map((each) => each.finished));
}

/** Move a finger over the frame that is open. */
async function sweep(page: Page, by: { x: number; y: number }): Promise<void> {
  const [x, y] = [195, 200];
  const tools = await page.context().newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', at?: { x: number; y: number }) =>
    tools.send('Input.dispatchTouchEvent', { type, touchPoints: at ? [at] : [] });
  await touch('touchStart', { x, y });
  await touch('touchMove', { x: x + by.x / 2, y: y + by.y / 2 });
  await touch('touchMove', { x: x + by.x, y: y + by.y });
  await touch('touchEnd');
  await tools.detach();
}
