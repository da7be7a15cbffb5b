/** The frames under the fingers: the grid, picking, culling, taking. */
import { execFileSync } from 'node:child_process';
import type { Locator, Page } from '@playwright/test';
import { clip } from './clips';
import {
  add,
  expect,
  expectAccessible,
  expectNoSidewaysScrolling,
  extract,
  test,
} from './fixtures';
import { bar, cell, DONE, openFrames } from './sixty';

test.beforeEach(async ({ context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
});

const copied = (page: Page) => page.evaluate(() => navigator.clipboard.readText());

/** The positions that are picked, as far as their cells are there. */
function picked(page: Page): Promise<number[]> {
  return positions(page.getByRole('gridcell', { selected: true }));
}

function positions(cells: Locator): Promise<number[]> {
  return cells.evaluateAll((all) => all.map((each) => Number(each.dataset.position)));
}

async function choose(page: Page, way: string): Promise<void> {
  await page.getByRole('button', { name: 'Select', exact: true }).click();
  await page.getByRole('button', { name: way, exact: true }).click();
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
  await expect(page.getByRole('log').getByText('7 picked')).toHaveCount(1);

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

test('many are picked at once: drawn around, every n-th, between times, the others', async ({
  library: page,
}) => {
  await openFrames(page);
  await cell(page, 0).scrollIntoViewIfNeeded();
  const [from, to] = [await cell(page, 1).boundingBox(), await cell(page, 8).boundingBox()];
  if (from === null || to === null) throw new Error('no cells');
  await page.mouse.move(from.x + 20, from.y + 20);
  await page.mouse.down();
  await page.mouse.move(to.x + 20, to.y + 20, { steps: 5 });
  await page.mouse.up();
  expect(await picked(page)).toEqual([1, 2, 3, 6, 7, 8]);
  await choose(page, 'None');
  await expect(bar(page)).toHaveCount(0);

  await choose(page, 'Every n-th frame…');
  await page.getByLabel('Of how many frames one').fill('7');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Pick 9 frames' }).click();
  await expect(bar(page)).toContainText('9 picked');
  await choose(page, 'The others');
  await expect(bar(page)).toContainText('51 picked');
  await choose(page, 'None');
  await choose(page, 'Between two times…');
  await page.getByLabel('From').fill('0:01');
  await page.getByLabel('To', { exact: true }).fill('0:01.25');
  await page.getByRole('button', { name: 'Pick 3 frames' }).click();
  await expect(bar(page)).toContainText('3 picked');

  await page.getByRole('button', { name: 'Copy link' }).click();
  await expect(page.getByText('Copied')).toBeVisible();
  const link = await copied(page);
  expect(link).toMatch(/\?picked=11-13$/);
  await choose(page, 'All');
  await expect(bar(page)).toContainText('60 picked');
  await page.goto('/#/');
  await page.goto(link);
  await expect(bar(page)).toContainText('3 picked');
  expect(page.url()).not.toContain('picked');

  await page.getByRole('checkbox', { name: 'Only picked' }).check();
  expect(await positions(page.getByRole('gridcell'))).toEqual([10, 11, 12]);
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByRole('button', { name: 'Show all frames' }).click();
  await expect(cell(page, 0)).toBeVisible();
});

test('the loupe goes through frames: picked, rejected, next', async ({ library: page }) => {
  await openFrames(page);
  await cell(page, 2).hover();
  await cell(page, 2).click({ position: { x: 195, y: 12 } });
  const loupe = page.getByRole('dialog');
  const shows = (time: string) => expect(loupe.getByRole('img', { name: time })).toBeVisible();
  await shows('0:00.200000');
  await page.keyboard.press('p');
  await shows('0:00.300000');
  await page.keyboard.press('x');
  await page.keyboard.press('x');
  await page.keyboard.press('p');
  await shows('0:00.600000');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('u');
  await shows('0:00.600000');
  await page.keyboard.press('ArrowDown');
  await shows('0:01.600000');
  await page.keyboard.press('z');
  await expect(loupe.getByRole('button', { name: 'Pixel by pixel', pressed: true })).toBeVisible();
  await loupe.getByText('SHA-256').click();
  await loupe.getByRole('button', { name: 'Copy', exact: true }).click();
  expect(await copied(page)).toMatch(/^[0-9a-f]{64}$/);
  await expectAccessible(page);
  await page.keyboard.press('Control+c');
  const kinds = () =>
    page.evaluate(async () => (await navigator.clipboard.read()).flatMap(({ types }) => types));
  await expect.poll(kinds).toContain('image/png');
  await page.keyboard.press('Escape');
  await expect(cell(page, 16)).toBeFocused();
  expect(await picked(page)).toEqual([2]);
  await page.getByRole('checkbox', { name: 'Hide rejected' }).check();
  expect((await positions(page.getByRole('gridcell'))).slice(0, 5)).toEqual([0, 1, 2, 5, 6]);
});

test('keys lead to a time, to larger cells, and to what can be taken', async ({
  library: page,
}) => {
  await openFrames(page);
  await cell(page, 0).focus();
  const width = async () => (await cell(page, 0).boundingBox())?.width ?? 0;
  const before = await width();
  await page.keyboard.press('+');
  await expect.poll(width).toBeGreaterThan(before);
  await page.keyboard.press('-');
  await expect.poll(width).toBe(before);
  await page.keyboard.press('t');
  await expect(page.getByLabel('Go to')).toBeFocused();
  await page.keyboard.type('x');
  await page.keyboard.press('Enter');
  await expect(page.getByText('A time is needed, as 1:02.5.')).toBeVisible();
  await page.getByLabel('Go to').fill('0:05.05');
  await page.keyboard.press('Enter');
  await expect(cell(page, 50)).toBeInViewport();
  await expect(cell(page, 50)).toHaveAttribute('tabindex', '0');

  const strip = page.getByRole('slider', { name: 'Position in the video' });
  await strip.focus();
  await page.keyboard.press('Home');
  await expect(cell(page, 0)).toBeInViewport();
  await expect(strip).toHaveAttribute('aria-valuetext', /^from 0:00 to 0:0\d$/);
  await page.keyboard.press('End');
  await expect(cell(page, 59)).toBeInViewport();

  await cell(page, 59).focus();
  const whole = page.waitForEvent('download');
  await page.keyboard.press('d');
  expect((await whole).suggestedFilename()).toBe('sixty.zip');
  await page.keyboard.press('c');
  const sheet = page.getByRole('dialog', { name: 'Contact sheet' });
  await expect(sheet.getByText('60 frames', { exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(cell(page, 59)).toBeFocused();
});

test('times are copied, and saved for other programs', async ({ library: page }) => {
  await openFrames(page);
  await cell(page, 3).click();
  await cell(page, 5).click();
  await page.getByRole('button', { name: 'Times', exact: true }).click();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Copy times' }).click();
  await expect.poll(() => copied(page)).toBe('0:00:00.300000\n0:00:00.500000\n');
  const named = {
    'CSV file': 'sixty.csv',
    'EDL (CMX 3600)': 'sixty.edl',
    'Markers for Premiere': 'sixty-markers.xml',
    'Markers for Resolve': 'sixty-markers.edl',
  };
  for (const [name, file] of Object.entries(named)) {
    await page.getByRole('button', { name: 'Times', exact: true }).click();
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name }).click();
    expect((await coming).suggestedFilename()).toBe(file);
  }
});

test('near-duplicates are hidden, and their sharpest is marked', async ({ library: page }) => {
  // Three pictures, each of which stands still for a second.
  const still = "color=c=black:s=320x180:r=10:d=3,format=gray,geq=lum='40+70*floor(N/10)'";
  await add(page, clip('still.mp4', ['-c:v', 'libx264', '-crf', '1', '-g', '10'], still));
  await page.getByRole('radio', { name: 'Every frame' }).check();
  await extract(page);
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible(DONE);
  await page.getByRole('link', { name: 'still.mp4' }).click();
  await page.getByRole('checkbox', { name: 'Hide near-duplicates' }).check();
  await expect(page.getByRole('checkbox', { name: 'Hide near-duplicates (27)' })).toBeChecked();
  await expect(page.getByRole('gridcell')).toHaveCount(3);
  await expect(page.getByRole('gridcell', { name: 'sharpest of its group' })).toHaveCount(3);
  await page.getByRole('checkbox', { name: 'Hide near-duplicates' }).uncheck();
  await expect(page.getByRole('gridcell')).not.toHaveCount(3);
});

test.describe('by touch', () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 760 } });

  test('three columns; a tap opens, a long press picks, and then a tap', async ({
    library: page,
  }) => {
    await openFrames(page);
    await expect(page.getByRole('grid')).toHaveAttribute('aria-colcount', '3');
    await expectNoSidewaysScrolling(page);
    await cell(page, 1).tap();
    await expect(page.getByRole('dialog')).toBeVisible();
    await page.getByRole('button', { name: 'Close' }).tap();
    await longPress(page, cell(page, 1));
    await expect(bar(page)).toContainText('1 picked');
    await cell(page, 2).tap();
    await expect(bar(page)).toContainText('2 picked');
    expect(await picked(page)).toEqual([1, 2]);
    await expectNoSidewaysScrolling(page);
    const small = await bar(page)
      .getByRole('button')
      .evaluateAll((all) => all.filter((each) => each.getBoundingClientRect().height < 44).length);
    expect(small).toBe(0);
  });
});

/** Hold a finger on something for longer than a tap. */
async function longPress(page: Page, target: Locator): Promise<void> {
  const box = await target.boundingBox();
  if (box === null) throw new Error('nothing is there');
  const tools = await page.context().newCDPSession(page);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await tools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }] });
  await expect(bar(page)).toBeVisible();
  await tools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await tools.detach();
}
