/** Every state has its words and its button, in both languages, in light and dark. */
import { writeFileSync } from 'node:fs';
import phrases from '../../app/words/phrases.json' with { type: 'json' };
import { clip, inOtherFolder } from './clips';
import {
  add,
  expect,
  expectAccessible,
  expectNoSidewaysScrolling,
  extract,
  logIn,
  test,
} from './fixtures';
import { fulfil, tell, told, VIDEO } from './told';

test('each reason of a failure has its words and its button', async ({ library: page }) => {
  test.setTimeout(240_000);
  for (const [reason, { what, remedy }] of Object.entries(phrases.en.failures)) {
    await tell(page, told({ reason, retryable: reason === 'processing_failed' }));
    await page.goto('/');
    const words = reason === 'other' ? 'A sentence of the API.' : what;
    await expect(page.getByText(words).first()).toBeVisible();
    await page.goto(`/#/videos/${VIDEO}`);
    await expect(page.getByRole('heading', { name: words })).toBeVisible();
    if (reason !== 'other') await expect(page.getByText(remedy)).toBeVisible();
    const retry = page.getByRole('button', { name: 'Try again' });
    await expect(retry).toHaveCount(reason === 'processing_failed' ? 1 : 0);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  }
  await tell(page, told());
  await page.reload();
  await expect(page.getByRole('heading', { name: phrases.en.failures.damaged.what })).toBeVisible();
  await expectAccessible(page);
});

test('a file that is no video says so, and can be deleted', async ({ library: page }) => {
  const path = inOtherFolder('notes.mp4', clip('small.mp4'));
  writeFileSync(path, 'Not a video at all. '.repeat(100));
  await add(page, path);
  await expect(page.getByText('Your browser cannot play this format').first()).toBeVisible();
  await extract(page);
  const row = page.locator('.row');
  await expect(row.getByText(phrases.en.failures.not_a_video.what)).toBeVisible();
  await page.getByRole('button', { name: 'More for notes.mp4' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('No videos yet')).toBeVisible();
});

test('warnings stand above the frames', async ({ library: page }) => {
  const warnings = [{ code: 'ends_early', detail: 'It ends at 00:00:05.000.' }];
  const recording = { status: 'completed_with_warnings', reason: null, detail: null, warnings };
  await tell(page, told({ ...recording, frames: 0, archive_bytes: 1000 }, { status: 'ready' }));
  await page.goto(`/#/videos/${VIDEO}`);
  await expect(page.getByText(phrases.en.warnings.ends_early)).toBeVisible();
  await expect(page.getByText('Finished, with gaps:')).toBeVisible();
});

test('a video that is not among the newest stays open, and says when it is deleted', async ({
  library: page,
}) => {
  const recording = { status: 'completed', reason: null, frames: 0, archive_bytes: 1000 };
  await tell(page, told(recording, { status: 'ready' }));
  let events = '';
  await page.route('**/video/events', (route) =>
    route.fulfill({ contentType: 'text/event-stream', body: events }),
  );
  await page.reload();
  await page.goto(`/#/videos/${VIDEO}`);
  const heading = page.getByRole('heading', { level: 1 });
  await expect(heading).toHaveText('lecture.mov');
  events = 'event: snapshot\ndata: {"videos": []}\n\n';
  await page.waitForResponse(`**/video/${VIDEO}`);
  await expect(heading).toHaveText('lecture.mov');

  await page.unroute(`**/video/${VIDEO}`);
  await page.route(`**/video/${VIDEO}`, (route) =>
    fulfil(route, { status: 404, code: 'video_not_found', title: '' }, 404),
  );
  await expect(heading).toHaveText('There is no such video.');
});

test('what is gone, and what never was, say so', async ({ library: page }) => {
  await page.route(`**/video/${VIDEO}`, (route) =>
    fulfil(route, { status: 410, code: 'gone', title: 'gone' }, 410),
  );
  await page.goto(`/#/videos/${VIDEO}`);
  await expect(page.getByText('Its time was up.')).toBeVisible();
  await expectAccessible(page);
  await page.goto('/#/videos/00000000-0000-4000-8000-00000000000a');
  await expect(page.getByText('There is no such video.')).toBeVisible();
  await page.goto('/#/nowhere');
  await expect(page.getByText('There is no such page.')).toBeVisible();
});

test('a video that is deleted in another tab disappears', async ({ library: page, context }) => {
  await add(page, clip('small.mp4'));
  await extract(page);
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 60_000 });
  const other = await context.newPage();
  await other.goto('/');
  await other.getByRole('button', { name: 'More for small.mp4' }).click();
  await other.getByRole('button', { name: 'Delete' }).click();
  await other.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('No videos yet')).toBeVisible();
});

test('an expired address of a frame is fetched anew, unseen', async ({ library: page }) => {
  await add(page, clip('small.mp4'));
  await extract(page);
  await page.getByRole('link', { name: 'small.mp4' }).click();
  let refusals = 1;
  await page.route(/\/frames\/00-/, async (route) => {
    if (refusals-- > 0) await fulfil(route, { status: 403, code: 'link_expired', title: '' }, 403);
    else await route.fallback();
  });
  await page.getByRole('gridcell').first().dblclick({ timeout: 60_000 });
  await expect(page.getByRole('img', { name: /0:00.000000/ })).toHaveJSProperty(
    'naturalWidth',
    320,
  );
  expect(refusals).toBeLessThan(0);
});

test('a frame that is opened before the list has come opens with it', async ({ library: page }) => {
  await add(page, clip('small.mp4'));
  await extract(page);
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 60_000 });
  let send = () => {};
  const isAsked = new Promise<void>((resolve) => {
    send = resolve;
  });
  await page.route(/\/frames\?/, async (route) => {
    await isAsked;
    await route.fallback();
  });
  await page.getByRole('link', { name: 'small.mp4' }).click();
  await page.getByRole('gridcell').nth(1).dblclick();
  send();
  await expect(page.getByRole('img', { name: /0:01.000000/ })).toBeVisible();
});

test('a part of the page that does not come says so, and can be asked for again', async ({
  library: page,
}) => {
  await page.route(/assets\/settings-/, (route) => route.abort());
  await page.goto('/#/settings/usage');
  await page.reload();
  await expect(
    page.getByRole('heading', { name: 'This part of the page is missing' }),
  ).toBeVisible();
  await expectAccessible(page);
  await page.unroute(/assets\/settings-/);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { name: 'Usage' })).toBeFocused();
});

test('limits and haste are told in words', async ({ library: page, account }) => {
  let code = 'quota_exceeded';
  await page.route('**/video/uploads', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    const status = code === 'quota_exceeded' ? 403 : 429;
    await fulfil(route, { status, code, which: 'storage_bytes', title: '' }, status);
  });
  await add(page, clip('small.mp4'));
  await extract(page);
  const row = page.locator('.row');
  await expect(row.getByText('Your storage is full.')).toBeVisible();
  await expectAccessible(page);
  code = 'too_many_at_once';
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(row.getByText('Too much is under way at once. It goes on by itself.')).toBeVisible();
  await page.unroute('**/video/uploads');
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 60_000 });

  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.route('**/auth/login', (route) =>
    route.fulfill({
      status: 429,
      headers: { 'Retry-After': '7' },
      contentType: 'application/problem+json',
      body: JSON.stringify({ status: 429, code: 'too_many_attempts', title: '', retry_after: 7 }),
    }),
  );
  await page.getByLabel('E-mail address').fill(account.email);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByText('Too many attempts. Again in 7 seconds.')).toBeVisible();
});

test('a storage that is out of reach is gone around', async ({ library: page }) => {
  await page.route(/partNumber=/, (route) => route.abort());
  await add(page, clip('small.mp4'));
  await extract(page);
  const row = page.locator('.row');
  await expect(row.getByText('Your browser does not reach the storage at')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Send through Fotograma instead' }).click();
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 60_000 });
});

test('a browser that speaks Portuguese is answered in it', async ({ browser }) => {
  const context = await browser.newContext({ locale: 'pt-BR' });
  const page = await context.newPage();
  await page.goto('/#/login');
  await expect(page.getByRole('button', { name: 'Entrar', exact: true })).toBeVisible();
  await context.close();
});

test('all screens are accessible and fit', async ({ page, account }) => {
  test.setTimeout(240_000);
  for (const where of ['login', 'register', 'forgot', 'verify', 'reset']) {
    await page.goto(`/#/${where}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectAccessible(page);
  }
  await logIn(page, account);
  await tell(page, told());
  await page.reload();
  for (const tab of ['account', 'mail', 'sessions', 'keys', 'usage']) {
    await page.goto(`/#/settings/${tab}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await page.waitForLoadState('networkidle');
    await expectAccessible(page);
    for (const width of [1280, 320]) {
      await page.setViewportSize({ width, height: 800 });
      await expectNoSidewaysScrolling(page);
    }
  }
  for (const where of ['#/', `#/videos/${VIDEO}`]) {
    await page.goto(`/${where}`);
    await expect(page.getByText('lecture.mov').first()).toBeVisible();
    await expectAccessible(page);
    await expectNoSidewaysScrolling(page);
  }
});
