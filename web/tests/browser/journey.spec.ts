/** From an account to the frames. */
import { execFileSync } from 'node:child_process';
import { clip } from './clips';
import {
  add,
  expect,
  expectAccessible,
  expectAccessibleAsItIs,
  extract,
  mailedLink,
  newEmail,
  test,
} from './fixtures';
import { choose, tabTo, write } from './keyboard';

const PASSWORD = 'correct horse battery staple';

test('a stranger registers, confirms, uploads, watches, opens and downloads @smoke', async ({
  page,
}) => {
  const email = newEmail();
  await page.goto('/#/register');
  await expectAccessibleAsItIs(page);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('New password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create the account' }).click();

  await expect(page.getByText('No videos yet')).toBeVisible();
  await page.goto(await mailedLink(page, email, 'verify'));
  await expect(page.getByText('Your address is confirmed')).toBeVisible();
  expect(page.url()).not.toMatch(/verify\/./);
  await page.getByRole('link', { name: 'To your videos' }).click();
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();

  await expect(page.getByText('No videos yet')).toBeVisible();
  await expectAccessibleAsItIs(page);
  await add(page, clip('small.mp4'));
  await expect(page.getByRole('button', { name: 'Extract 6 frames' })).toBeVisible();
  await expect(page.getByRole('img', { name: /^Preview at/ })).toHaveCount(6);
  await expectAccessibleAsItIs(page);
  await extract(page);

  const zip = page.getByRole('button', { name: 'ZIP' });
  await expect(zip).toBeVisible({ timeout: 60_000 });
  await expectAccessibleAsItIs(page);
  await page.getByRole('link', { name: 'small.mp4' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  const cells = page.getByRole('gridcell');
  await expect(cells).toHaveCount(6);
  await expectAccessibleAsItIs(page);
  await cells.nth(2).dblclick();
  await expect(page.getByRole('img', { name: /0:02.000000/ })).toHaveJSProperty(
    'naturalWidth',
    320,
  );
  await expectAccessibleAsItIs(page);
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('img', { name: /0:03.000000/ })).toBeVisible();
  await page.keyboard.press('Escape');

  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: /^ZIP/ }).click();
  const names = execFileSync('unzip', ['-Z1', await (await coming).path()], { encoding: 'utf8' });
  expect(names.trim().split('\n')).toEqual([
    ...[0, 1, 2, 3, 4, 5].map((second) => `00-00-0${second}.000000.png`),
    'manifest.json',
  ]);
});

test('the same by keyboard alone', async ({ page }) => {
  test.setTimeout(240_000);
  const email = newEmail();
  const { keyboard } = page;
  await page.goto('/');
  await choose(page, 'Create an account');
  await expect(page.getByRole('heading', { name: 'Create an account' })).toBeFocused();
  await expectAccessible(page);
  await write(page, 'E-mail address', email);
  await write(page, 'New password', PASSWORD);
  await choose(page, 'Create the account');
  await expect(page.getByText('No videos yet')).toBeVisible();

  await page.goto(await mailedLink(page, email, 'verify'));
  await choose(page, 'To your videos');
  await choose(page, 'Account and settings');
  await choose(page, 'Log out');
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeFocused();
  await write(page, 'E-mail address', email);
  await write(page, 'Password', PASSWORD);
  await keyboard.press('Enter');

  await expect(page.getByText('No videos yet')).toBeVisible();
  await expectAccessible(page);
  await page.evaluate(() => Reflect.deleteProperty(window, 'showOpenFilePicker'));
  const chooser = page.waitForEvent('filechooser');
  await choose(page, 'Choose files');
  await (await chooser).setFiles(clip('small.mp4'));
  await expect(page.getByRole('button', { name: 'Extract 6 frames' })).toBeVisible();
  await expect(page.getByRole('img', { name: /^Preview at/ })).toHaveCount(6);
  await expectAccessible(page);
  await keyboard.press('Control+Enter');
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 60_000 });
  await expectAccessible(page);

  await choose(page, 'small.mp4');
  await expect(page.getByRole('gridcell')).toHaveCount(6);
  await expectAccessible(page);
  await tabTo(page, 'Frame 1 of 6, at 0:00.000');
  await keyboard.press('ArrowRight');
  await keyboard.press('Enter');
  await expect(page.getByRole('img', { name: /0:01.000000/ })).toBeVisible();
  await expectAccessible(page);
  await keyboard.press('Escape');
  await expect(page.getByRole('gridcell', { name: 'Frame 2 of 6, at 0:01.000' })).toBeFocused();

  const coming = page.waitForEvent('download');
  await choose(page, /^ZIP/);
  const names = execFileSync('unzip', ['-Z1', await (await coming).path()], { encoding: 'utf8' });
  expect(names.trim().split('\n')).toHaveLength(7);
});
