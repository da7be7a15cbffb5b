/** Nothing is sent twice: reloads, tabs, lost networks, ended sessions. */
import type { Page } from '@playwright/test';
import { clip, inOtherFolder, largeClip } from './clips';
import {
  add,
  bearer,
  countParts,
  expect,
  expectAccessible,
  extract,
  holdParts,
  operate,
  slowParts,
  test,
} from './fixtures';

const BYTES = 40_000_000;
/** Of eight parts, the last of them smaller. */
const [PARTS_BEFORE, SHARE_BEFORE] = [3, '39'];

test('a reload sends no part again, and asks for the file', async ({ library: page, context }) => {
  const parts = countParts(context);
  const release = await holdParts(context, PARTS_BEFORE);
  await add(page, largeClip('reload.mp4', BYTES));
  await extract(page);
  await expectShare(page, SHARE_BEFORE);
  await expect.poll(() => parts.length).toBe(PARTS_BEFORE);
  await page.reload();
  release();
  const row = page.locator('.row');
  await expect(row.getByText('Choose reload.mp4 again to go on')).toBeVisible();
  await expectAccessible(page);

  await page
    .getByTestId('file-again')
    .setInputFiles(inOtherFolder('reload.mp4', clip('other.mp4')));
  await expect(row.getByText('This is not the file that was begun.')).toBeVisible();

  await page.getByTestId('file-again').setInputFiles(largeClip('reload.mp4', BYTES));
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 60_000 });
  expect(parts.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('a dropped file goes on by itself after a reload', async ({ library: page, context }) => {
  const parts = countParts(context);
  const release = await holdParts(context, PARTS_BEFORE);
  const path = largeClip('dropped.mp4', BYTES);
  const chromium = await context.newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  const drag = (type: 'dragEnter' | 'dragOver' | 'drop' | 'dragCancel') =>
    chromium.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
  // The page may be seen before it listens.
  await expect(async () => {
    await drag('dragCancel');
    await drag('dragEnter');
    await expect(page.locator('.drop-zone.is-over')).toBeVisible({ timeout: 1000 });
  }).toPass();
  // What reads the file has been started before the file is there.
  await expect.poll(() => page.workers().length).toBe(1);
  await drag('dragOver');
  await drag('drop');
  await extract(page);
  await expectShare(page, SHARE_BEFORE);
  await expect.poll(() => parts.length).toBe(PARTS_BEFORE);
  await page.reload();
  release();
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 60_000 });
  expect(parts.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

/** So many per cent of the one file have arrived. */
async function expectShare(page: Page, percent: string): Promise<void> {
  const bar = page.getByRole('progressbar');
  await expect(bar).toHaveAttribute('aria-valuenow', percent);
}

test('files whose turn has not come are known after a reload', async ({
  library: page,
  context,
}) => {
  const release = await holdParts(context, 0);
  const paths = [1, 2, 3, 4, 5].map((n) => inOtherFolder(`turn-${n}.mp4`, clip('small.mp4')));
  await add(page, ...paths);
  await page.getByRole('checkbox', { name: 'The same for all 5 files' }).check();
  await extract(page);
  const last = page.locator('.row').filter({ hasText: 'turn-5.mp4' });
  await expect(last.getByText('Waits for its turn.')).toBeVisible();
  await page.reload();
  release();
  await expect(page.getByText(/^Choose turn-\d.mp4 again to go on/)).toHaveCount(5);
  const again = last.getByTestId('file-again');
  const shorter = clip('shorter.mp4', [], 'testsrc2=s=320x180:r=24:d=4');
  await again.setInputFiles(inOtherFolder('turn-5.mp4', shorter));
  await expect(last.getByText('This is not the file that was begun.')).toBeVisible();
  await again.setInputFiles(paths[4] as string);
  await expect(last.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 60_000 });
});

test('offline for a while, then a storage that refuses twice', async ({
  library: page,
  context,
}) => {
  const refusals = [503, 403, 503];
  await context.route(/partNumber=2&|partNumber=2$/, async (route) => {
    const status = refusals.shift();
    if (status === undefined) await route.fallback();
    else await route.fulfill({ status, headers: { 'Access-Control-Allow-Origin': '*' } });
  });
  const parts = countParts(context);
  await add(page, largeClip('offline.mp4', BYTES));
  await expect.poll(() => parts.length).toBeGreaterThanOrEqual(1);
  await context.setOffline(true);
  await expect(page.getByText('No connection. It goes on by itself.').first()).toBeVisible();
  await page.waitForTimeout(5000);
  await context.setOffline(false);
  await extract(page);
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 90_000 });
  expect(refusals).toEqual([]);
});

test('an API that restarts while parts are on their way', async ({ library: page, context }) => {
  const parts = countParts(context);
  await slowParts(context, 700);
  await add(page, largeClip('restart.mp4', BYTES));
  await extract(page);
  await expect.poll(() => parts.length).toBeGreaterThanOrEqual(1);
  await operate('stop', 'video-api');
  await expect(page.getByText('does not answer right now', { exact: false }).first()).toBeVisible();
  await operate('start', 'video-api');
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 90_000 });
  expect(parts.length).toBe(new Set(parts).size);
});

test('an API that is away when the last part has arrived', async ({ library: page, context }) => {
  let refusals = 2;
  await context.route('**/complete', async (route) => {
    if (refusals-- > 0) await route.fulfill({ status: 503, headers: { 'Retry-After': '1' } });
    else await route.fallback();
  });
  await add(page, clip('small.mp4'));
  await extract(page);
  await expect(page.getByText('does not answer right now', { exact: false }).first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 90_000 });
});

test('a session that is ended elsewhere is taken up over the page', async ({
  library: page,
  account,
  context,
}) => {
  await slowParts(context, 700);
  await add(page, largeClip('revoked.mp4', BYTES));
  await extract(page);
  const headers = await bearer(page, account);
  const { items } = await (await page.request.get('/auth/sessions', { headers })).json();
  for (const session of items.filter((each: { current: boolean }) => !each.current)) {
    await page.request.delete(`/auth/sessions/${session.id}`, { headers });
  }
  await page.goto('/#/settings/sessions');
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
  await expect(dialog).toBeVisible({ timeout: 60_000 });
  await expectAccessible(page);
  await dialog.getByLabel(`Password of ${account.email}`).fill(account.password);
  await dialog.getByRole('button', { name: 'Log in' }).click();
  await page.goto('/#/');
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 90_000 });
});

test('eight tabs are all alive', async ({ library: page, context }) => {
  const tabs = [page];
  for (let count = 1; count < 8; count++) {
    const tab = await context.newPage();
    await tab.goto('/');
    tabs.push(tab);
  }
  await add(page, clip('small.mp4'));
  await extract(page);
  for (const tab of tabs) {
    await expect(tab.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 60_000 });
  }
});

test('two tabs send each part once, and one goes on for the other', async ({
  library: page,
  context,
}) => {
  const parts = countParts(context);
  await slowParts(context, 500);
  const other = await context.newPage();
  await other.goto('/');
  await add(page, largeClip('tabs.mp4', BYTES));
  await extract(page);
  await expect(other.getByText('Another tab is sending it.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 60_000 });
  await expect(other.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 60_000 });
  expect(parts.length).toBe(new Set(parts).size);
});
