/** The first visit: from nothing to a ZIP with the clip that the page brings. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { clip } from './clips';
import {
  type Account,
  add,
  bearer,
  expect,
  expectAccessible,
  expectNoSidewaysScrolling,
  mailedLink,
  newEmail,
  test,
} from './fixtures';
import { choose, tabTo, write } from './keyboard';

const PASSWORD = 'correct horse battery staple';
const A_MINUTE = 60_000;

test('a stranger has a first ZIP within a minute of opening the page @smoke', async ({ page }) => {
  test.setTimeout(A_MINUTE);
  const email = newEmail();
  await page.goto('/');
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('New password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create the account' }).click();
  await expect(page.getByText('No videos yet')).toBeVisible();
  await page.goto(await mailedLink(page, email, 'verify'));
  await page.getByRole('link', { name: 'To your videos' }).click();
  await page.getByRole('button', { name: 'Try it with a sample' }).click();
  await page.getByRole('button', { name: 'Extract 10 frames' }).click();
  expect(await namesInZip(page)).toHaveLength(11);
});

test('the guide goes along, in both languages and wherever there is little room', async ({
  library: page,
}) => {
  const guide = page.getByRole('region', { name: 'From a video to its frames' });
  const current = guide.locator('[aria-current=step]');
  await expect(current).toContainText('Drop a video');
  await expectAccessible(page);
  await page.setViewportSize({ width: 320, height: 640 });
  await expectNoSidewaysScrolling(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  await guide.getByRole('button', { name: 'Try it with a sample' }).click();
  await page.getByRole('button', { name: 'Later' }).click();
  await expect(current).toContainText('Choose which frames');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Choose frames' }).click();
  await page.getByText('Slides', { exact: true }).click();
  await page.getByRole('button', { name: 'Extract', exact: true }).click();
  await expect(current).toContainText('Take them');
  await expect(guide.getByRole('status')).toContainText('Here they are', { timeout: 60_000 });
  await expectAccessible(page);
  // Morning, noon and night.
  await expect(page.locator('.row')).toContainText('3 frames');
  await guide.getByRole('button', { name: 'Close this guide' }).click();
  await expect(guide).toHaveCount(0);
});

test('a sample that does not come says so', async ({ library: page }) => {
  await page.route('**/*.mp4', (route) => route.abort());
  await page.getByRole('button', { name: 'Try it with a sample' }).click();
  await expect(page.getByText('The sample could not be fetched.')).toBeVisible();
});

test('by keyboard alone', async ({ page }) => {
  const email = newEmail();
  await page.goto('/');
  await choose(page, 'Create an account');
  await write(page, 'E-mail address', email);
  await write(page, 'New password', PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByText('No videos yet')).toBeVisible();
  await page.goto(await mailedLink(page, email, 'verify'));
  await choose(page, 'To your videos');
  await choose(page, 'Try it with a sample');
  await expect(page.getByRole('button', { name: 'Extract 10 frames' })).toBeVisible();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: A_MINUTE });
  await tabTo(page, 'ZIP');
  const names = await namesInZip(page, () => page.keyboard.press('Enter'));
  expect(names).toHaveLength(11);
});

test('by what a screen reader is told', async ({ library: page }) => {
  await expect(page.getByRole('main')).toMatchAriaSnapshot(`
    - main:
      - heading "Videos" [level=1]
      - button "Choose files"
      - region "From a video to its frames":
        - list:
          - listitem:
            - strong: Drop a video
          - listitem:
            - strong: Choose which frames
          - listitem:
            - strong: Take them
        - button "Try it with a sample"
  `);
  await page.getByRole('button', { name: 'Try it with a sample' }).click();
  await expect(page.getByRole('dialog', { name: 'sample.mp4' })).toMatchAriaSnapshot(`
    - dialog "sample.mp4":
      - heading "sample.mp4" [level=2]
      - group "Which frames?":
        - radio "At an interval" [checked]
        - textbox "Seconds between two frames": "1"
      - button "Extract 10 frames"
  `);
  await page.getByRole('button', { name: 'Extract 10 frames' }).click();
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: A_MINUTE });
  await expect(page.getByRole('list', { name: 'Videos' })).toMatchAriaSnapshot(`
    - list "Videos":
      - listitem:
        - heading "sample.mp4" [level=2]:
          - link "sample.mp4"
        - paragraph: /10 frames/
        - button "ZIP"
        - button "More for sample.mp4"
  `);
  await page.getByRole('link', { name: 'sample.mp4' }).click();
  await expect(page.getByRole('main')).toMatchAriaSnapshot(`
    - main:
      - heading "sample.mp4" [level=1]
      - navigation "Extractions"
      - grid "Frames"
  `);
});

test('all that is known of a user can be taken along', async ({ library: page, account }) => {
  await add(page, clip('small.mp4'));
  await page.getByRole('button', { name: 'Extract 6 frames' }).click();
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: A_MINUTE });
  const key = await keyOf(page, account);
  await page.goto('/#/settings/account');
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Make the file' }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toMatch(/^fotograma-\d{4}-\d\d-\d\d\.json$/);
  const text = readFileSync(await download.path(), 'utf8');
  const data = JSON.parse(text);
  expect(data.account.email).toBe(account.email);
  expect(data.videos[0].name).toBe('small.mp4');
  expect(data.videos[0].extractions[0].recipe.sampling.mode).toBe('interval');
  expect(data.sessions.length).toBeGreaterThan(0);
  expect(data.api_keys[0].name).toBe('nightly');
  expect(data.mail.preferences.email_on_failed).toBe(true);
  expect(text).not.toContain(key);
  expect(text).not.toContain('sig=');
  await expectAccessible(page);
});

/** An API key's secret. */
async function keyOf(page: Page, account: Account): Promise<string> {
  const headers = await bearer(page, account);
  const data = { name: 'nightly', scopes: ['videos:read'], current_password: account.password };
  return (await (await page.request.post('/auth/api-keys', { headers, data })).json()).key;
}

/** Take the ZIP, and see what is in it. */
async function namesInZip(
  page: Page,
  take = () => page.getByRole('button', { name: 'ZIP' }).click(),
): Promise<string[]> {
  const coming = page.waitForEvent('download');
  await take();
  const path = await (await coming).path();
  return execFileSync('unzip', ['-Z1', path], { encoding: 'utf8' }).trim().split('\n');
}
