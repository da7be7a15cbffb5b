/** Administrators see and decide about users; nobody else is shown, or even loads, any of it. */
import { writeFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import phrases from '../../app/words/phrases.json' with { type: 'json' };
import { clip, inOtherFolder } from './clips';
import {
  type Account,
  ADMIN,
  add,
  bearer,
  expect,
  expectAccessible,
  expectNoSidewaysScrolling,
  extract,
  logIn,
  test,
} from './fixtures';
import { fulfil } from './told';

const TABS = ['users', 'extractions', 'dead-letters'];

test('who is no administrator finds no such page', async ({ library: page }) => {
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(request.url()));
  for (const tab of TABS) {
    await page.goto(`/#/admin/${tab}`);
    await expect(page.getByText('There is no such page.')).toBeVisible();
  }
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await expect(page.getByRole('link', { name: 'Help' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Administration' })).toHaveCount(0);
  expect(loaded.filter((url) => /\/admin|\/auth\/users/.test(url))).toEqual([]);
});

test('all screens are accessible and fit', async ({ page }) => {
  await logIn(page, ADMIN);
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('link', { name: 'Administration' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Users' })).toBeFocused();
  await page.route('**/admin/dead-letters*', (route) =>
    fulfil(route, deadLetters(route.request().url())),
  );
  for (const tab of TABS) {
    await page.goto(`/#/admin/${tab}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.locator('#content').getByText('Loading…')).toHaveCount(0);
    await expectAccessible(page);
    await page.setViewportSize({ width: 320, height: 640 });
    await expectNoSidewaysScrolling(page);
    await page.setViewportSize({ width: 1280, height: 800 });
  }
  const list = page.getByRole('list', { name: 'Dead letters' });
  await expect(list.getByRole('listitem')).toHaveCount(1);
  await expect(list).toContainText('segment.extract');
  await expect(list).toContainText('<img src=x>');
  await page.getByRole('button', { name: 'Show more' }).click();
  await expect(list.getByRole('listitem')).toHaveCount(2);
  await expect(page.getByRole('button', { name: 'Show more' })).toHaveCount(0);
});

test('a user is found, limited, suspended and let in again', async ({ page, account }) => {
  await logIn(page, ADMIN);
  await page.goto('/#/admin/users');
  await page.getByLabel('Search by address').fill(account.email);
  const row = page.getByRole('listitem').filter({ hasText: account.email });
  await expect(page.getByRole('listitem')).toHaveCount(1);

  await row.getByRole('button', { name: 'Limits' }).click();
  const dialog = page.getByRole('dialog', { name: `Limits of ${account.email}` });
  await dialog.getByLabel('Storage, GB').fill('2,5');
  await dialog.getByLabel('Videos').fill('x');
  await expect(dialog.getByText('A number is needed, or nothing.')).toBeVisible();
  await dialog.getByLabel('Videos').fill('3');
  await dialog.getByLabel('Kept for days').fill('1');
  await expect(dialog.getByText('Fewer days than before')).toBeVisible();
  await expectAccessible(page);
  await dialog.getByLabel('Kept for days').fill('');
  await dialog.getByRole('button', { name: 'Save the limits' }).click();
  await expect(dialog).toHaveCount(0);
  const headers = await bearer(page, account);
  const limits = await (await page.request.get('/video/limits', { headers })).json();
  expect(limits).toMatchObject({ max_videos: 3, max_storage_bytes: 2_500_000_000 });
  await row.getByRole('button', { name: 'Limits' }).click();
  await expect(dialog.getByLabel('Storage, GB')).toHaveValue('2.5');
  await page.keyboard.press('Escape');

  await row.getByRole('button', { name: 'Suspend' }).click();
  await expectAccessible(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
  await expect(row.getByText('suspended since')).toBeVisible();
  expect(await statusOfLogin(page, account)).toBe(403);
  await row.getByRole('button', { name: 'Let in again' }).click();
  await expect(row.getByText('suspended since')).toHaveCount(0);
  expect(await statusOfLogin(page, account)).toBe(200);
});

test('extractions are found by their state, and by their user', async ({ library: page }) => {
  const broken = inOtherFolder('notes.mp4', clip('small.mp4'));
  writeFileSync(broken, 'Not a video at all. '.repeat(100));
  await add(page, broken);
  await extract(page);
  const { what } = phrases.en.failures.not_a_video;
  await expect(page.locator('.row').getByText(what)).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('button', { name: 'Log out' }).click();

  await logIn(page, ADMIN);
  await page.goto('/#/admin/extractions');
  const first = page.getByRole('listitem').first();
  await page.getByLabel('State').selectOption('Failed');
  await expect(first).toContainText(what);
  await page.getByLabel('State').selectOption('Complete');
  await expect(page.getByText(what)).toHaveCount(0);
  await page.goto('/#/admin/users');
  await page.getByLabel('Search by address').fill(ADMIN.email);
  await expect(page.getByRole('listitem')).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Suspend' })).toHaveCount(0);
  await page.getByRole('listitem').getByRole('link', { name: 'Extractions' }).click();
  await expect(page.getByText('Of the user')).toBeVisible();
  await expect(page.getByText('There are none.')).toBeVisible();
});

async function statusOfLogin(page: Page, account: Account): Promise<number> {
  return (await page.request.post('/auth/login', { data: account })).status();
}

/** Two pages of one dead letter each. */
function deadLetters(url: string): object {
  const first = '00000000-0000-4000-8000-00000000000a';
  const isFirst = !url.includes('after=');
  const item = {
    message_id: isFirst ? first : '00000000-0000-4000-8000-00000000000b',
    routing_key: 'segment.extract',
    origin: 'worker.segments',
    reason: 'A name with <img src=x> in it',
    attempts: 4,
    deaths: 1,
    extraction_id: null,
    segment: null,
    video_id: null,
    owner_id: null,
    first_died_at: '2026-01-02T03:04:05Z',
    died_at: '2026-01-02T03:04:05Z',
  };
  return { items: [item], next: isFirst ? first : null };
}
