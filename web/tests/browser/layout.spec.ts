/** Every screen fits where there is little room, nothing moves or has our colours who asks for that. */
import type { Page } from '@playwright/test';
import { clip, largeClip } from './clips';
import { add, expect, expectNoSidewaysScrolling, extract, slowParts, test } from './fixtures';

const ROOMS = {
  'a phone': { width: 320, height: 640 },
  // 1280 by 1024 at 400 % (WCAG 1.4.10)
  'a window at 400 %': { width: 320, height: 256 },
  'a tablet': { width: 768, height: 1024 },
};
const SETTINGS = ['account', 'mail', 'sessions', 'keys', 'usage'];
const CONTROLS = 'a, button, input, select, textarea, summary, h1, h2, h3, label, p, td, th';

for (const [room, viewport] of Object.entries(ROOMS)) {
  test(`nothing is cut on ${room}`, async ({ page, context, account }) => {
    await page.setViewportSize(viewport);
    for (const where of ['login', 'register', 'forgot', 'verify', 'reset']) {
      await page.goto(`/#/${where}`);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expectWhole(page);
    }
    await page.goto('/#/login');
    await page.getByLabel('E-mail address').fill(account.email);
    await page.getByLabel('Password', { exact: true }).fill(account.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect(page.getByText('No videos yet')).toBeVisible();
    await expectWhole(page);
    for (const tab of SETTINGS) {
      await page.goto(`/#/settings/${tab}`);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(page.locator('#content').getByText('Loading…')).toHaveCount(0);
      await expectWhole(page);
    }
    await page.goto('/#/');
    await slowParts(context, 1000);
    await add(page, largeClip('a-name-that-is-long-and-has-no-room-at-all.mp4', 20_000_000));
    await expect(page.getByRole('button', { name: 'Extract 6 frames' })).toBeVisible();
    await expectWhole(page);
    await extract(page);
    await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
    await expectWhole(page);
    await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 60_000 });
    await expectWhole(page);
    await page.getByRole('link', { name: /^a-name/ }).click();
    await expect(page.getByRole('gridcell').first()).toBeVisible();
    await expectWhole(page);
    await page.getByRole('gridcell').first().dblclick();
    await expect(page.getByRole('img', { name: /0:00.000000/ })).toBeVisible();
    await expectWhole(page);
  });
}

/** Nothing is wider than the window, and what is read or clicked lies within it, whole. */
async function expectWhole(page: Page): Promise<void> {
  await expectNoSidewaysScrolling(page);
  const cut = await page.evaluate((selector) => {
    const within = document.querySelector('dialog[open]') ?? document.body;
    const elements = [...within.querySelectorAll<HTMLElement>(selector)].filter(
      (each) => each.checkVisibility() && each.closest('.unseen, .skip') === null,
    );
    const isCut = (each: HTMLElement) => {
      const { left, right } = each.getBoundingClientRect();
      const { overflowX, webkitLineClamp } = getComputedStyle(each);
      const isLost = overflowX !== 'visible' && webkitLineClamp === 'none';
      const isField = each.matches('input, select, textarea');
      const isWider = each.scrollWidth > each.clientWidth + 1 && isLost && !isField;
      return left < -1 || right > innerWidth + 1 || isWider;
    };
    return elements.filter(isCut).map((each) => each.outerHTML.slice(0, 200));
  }, CONTROLS);
  expect(cut).toEqual([]);
}

test('all screens are there in forced colours, and nothing moves where that is not wanted', async ({
  library: page,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce', forcedColors: 'active' });
  await add(page, clip('small.mp4'));
  await expect(page.getByRole('button', { name: 'Extract 6 frames' })).toBeVisible();
  await expectStill(page);
  await extract(page);
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 60_000 });
  await expectStill(page);
  await page.getByRole('link', { name: 'small.mp4' }).click();
  const first = page.locator('.frame').first();
  await expect(first).toBeVisible();
  // Pictures are no colours: they stay.
  await expect(first).toHaveCSS('background-image', /^url\(/);
  await expectStill(page);
  await page.keyboard.press('Tab');
  const outline = () =>
    page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle);
  await expect.poll(outline).not.toBe('none');
});

/** Nothing is on its way from one place to another. */
async function expectStill(page: Page): Promise<void> {
  const moving = () =>
    document.getAnimations().filter((each) => each.playState === 'running').length;
  await expect.poll(() => page.evaluate(moving)).toBe(0);
}
