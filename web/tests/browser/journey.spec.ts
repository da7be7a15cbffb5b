/** From an account to the frames. */
import { execFileSync } from 'node:child_process';
import { clip } from './clips';
import { add, expect, expectAccessible, extract, mailedLink, newEmail, test } from './fixtures';

const PASSWORD = 'correct horse battery staple';

test('a stranger registers, confirms, uploads, watches, opens and downloads @smoke', async ({
  page,
}) => {
  const email = newEmail();
  await page.goto('/#/register');
  await expectAccessible(page);
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
  await expectAccessible(page);
  await add(page, clip('small.mp4'));
  await expect(page.getByRole('button', { name: 'Extract 6 frames' })).toBeVisible();
  await expect(page.getByRole('img', { name: /^Preview at/ })).toHaveCount(6);
  await expectAccessible(page);
  await extract(page);

  const zip = page.getByRole('button', { name: 'ZIP' });
  await expect(zip).toBeVisible({ timeout: 60_000 });
  await expectAccessible(page);
  await page.getByRole('link', { name: 'small.mp4' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  const cells = page.getByRole('gridcell').getByRole('button');
  await expect(cells).toHaveCount(6);
  await expectAccessible(page);
  await cells.nth(2).click();
  await expect(page.getByRole('img', { name: /0:02.000000/ })).toHaveJSProperty(
    'naturalWidth',
    320,
  );
  await expectAccessible(page);
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

test('the same by keyboard alone', async ({ library: page }) => {
  const choose = page.getByRole('button', { name: 'Choose files' });
  await page.evaluate(() => Reflect.deleteProperty(window, 'showOpenFilePicker'));
  const chooser = page.waitForEvent('filechooser');
  await tabTo(page, 'Choose files');
  await page.keyboard.press('Enter');
  await (await chooser).setFiles(clip('small.mp4'));
  await expect(page.getByRole('button', { name: 'Extract 6 frames' })).toBeVisible();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 60_000 });
  await choose.focus();
  await tabTo(page, 'small.mp4');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('gridcell')).toHaveCount(6);
  await tabTo(page, 'Frame 1 of 6, at 0:00.000');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('img', { name: /0:01.000000/ })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Frame 2 of 6, at 0:01.000' })).toBeFocused();
});

/** Press Tab until something of a name has the focus. */
async function tabTo(page: import('@playwright/test').Page, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? '';
    });
    if (focused === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${name}`);
}
