/** Each kind of link that is mailed opens the screen that it promises. */
import { writeFileSync } from 'node:fs';
import type { BrowserContext, Page } from '@playwright/test';
import phrases from '../../app/words/phrases.json' with { type: 'json' };
import { clip, inOtherFolder } from './clips';
import {
  add,
  bearer,
  expect,
  extract,
  logIn,
  mailedHome,
  mailedLink,
  newEmail,
  test,
} from './fixtures';

const OTHER_PASSWORD = 'nine quiet accordions';

test('a forgotten password', async ({ page, account }) => {
  await page.goto('/#/login');
  await page.getByRole('link', { name: 'Forgotten your password?' }).click();
  await page.getByLabel('E-mail address').fill(account.email);
  await page.getByRole('button', { name: 'Send the link' }).click();
  await expect(page.getByText('a link is on its way')).toBeVisible();

  await page.goto(await mailedLink(page, account.email, 'reset'));
  await expect(page.getByRole('heading', { name: 'Choose another password' })).toBeFocused();
  expect(page.url()).not.toMatch(/reset\/./);
  await choosePassword(page, OTHER_PASSWORD);
  await logIn(page, { email: account.email, password: OTHER_PASSWORD });
});

test('another address, which is objected to, and one that is confirmed', async ({
  library: page,
  account,
}) => {
  await page.goto(await mailedLink(page, account.email, 'verify'));
  await expect(page.getByText('Your address is confirmed')).toBeVisible();
  const unwanted = newEmail();
  await changeAddress(page, unwanted, account.password);
  const confirmation = await mailedLink(page, unwanted, 'verify');
  await page.goto(await mailedLink(page, account.email, 'reset'));
  await expect(page.getByRole('heading', { name: 'Choose another password' })).toBeFocused();
  await choosePassword(page, OTHER_PASSWORD);
  await page.getByLabel('E-mail address').fill(account.email);
  await page.getByLabel('Password', { exact: true }).fill(OTHER_PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.goto(confirmation);
  await expect(page.getByText('The link was used or has expired.')).toBeVisible();

  const wanted = newEmail();
  await changeAddress(page, wanted, OTHER_PASSWORD);
  await page.goto(await mailedLink(page, wanted, 'verify'));
  await expect(page.getByText('Your address is confirmed')).toBeVisible();
  await page.goto('/#/settings/account');
  await expect(page.locator('#content').getByText(wanted)).toBeVisible();
});

test('a password that is reset ends the session of this browser, in each tab', async ({
  library: page,
  account,
  context,
}) => {
  const other = await anotherTab(context);
  await page.request.post('/auth/password/forgot', { data: { email: account.email } });
  await page.goto(await mailedLink(page, account.email, 'reset'));
  await choosePassword(page, OTHER_PASSWORD);
  const ended = { name: 'Your session has ended' };
  await expect(other.getByRole('dialog', ended)).toBeVisible();
  await page.goto('/#/');
  await expect(page.getByRole('dialog', ended)).toBeVisible();
  await page.getByLabel(`Password of ${account.email}`).fill(OTHER_PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  for (const tab of [page, other]) {
    await expect(tab.getByRole('dialog', ended)).toHaveCount(0);
    await expect(tab.getByRole('button', { name: 'Choose files' })).toBeVisible();
  }
});

test('a password that somebody else resets here leaves the session as it is', async ({
  library: page,
}) => {
  const email = newEmail();
  await page.request.post('/auth/register', { data: { email, password: OTHER_PASSWORD } });
  await page.goto(await mailedLink(page, email, 'verify'));
  await expect(page.getByText('Your address is confirmed')).toBeVisible();
  await page.request.post('/auth/password/forgot', { data: { email } });
  await page.goto(await mailedLink(page, email, 'reset'));
  await choosePassword(page, `${OTHER_PASSWORD} again`);
  await page.goto('/#/');
  await expect(page.getByRole('button', { name: 'Choose files' })).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('an address that is confirmed in one tab is asked for its password in another', async ({
  library: page,
  account,
  context,
}) => {
  const other = await anotherTab(context);
  const email = newEmail();
  await changeAddress(page, email, account.password);
  await page.goto(await mailedLink(page, email, 'verify'));
  await expect(page.getByText('Your address is confirmed')).toBeVisible();

  const headers = await bearer(page, { email, password: account.password });
  const { items } = await (await page.request.get('/auth/sessions', { headers })).json();
  for (const session of items.filter((each: { current: boolean }) => !each.current)) {
    await page.request.delete(`/auth/sessions/${session.id}`, { headers });
  }
  await other.goto('/#/settings/sessions');
  await other.getByLabel(`Password of ${email}`).fill(account.password);
  await other.getByRole('button', { name: 'Log in' }).click();
  await expect(other.getByRole('dialog')).toHaveCount(0);
});

async function changeAddress(page: Page, email: string, password: string): Promise<void> {
  await page.goto('/#/settings/account');
  await page.getByLabel('New e-mail address').fill(email);
  await page.getByLabel('Current password').first().fill(password);
  await page.getByRole('button', { name: 'Change the address' }).click();
  await expect(page.getByText(`We have sent a link to ${email}.`)).toBeVisible();
}

test('a finished video, a failed one, and the preferences', async ({ library: page, account }) => {
  await page.goto(await mailedLink(page, account.email, 'verify'));
  await expect(page.getByText('Your address is confirmed')).toBeVisible();
  await page.goto('/#/');
  await add(page, clip('small.mp4'));
  await extract(page);
  const finished = await mailedLink(page, account.email, 'videos', 'small.mp4');
  const broken = inOtherFolder('notes.mp4', clip('small.mp4'));
  writeFileSync(broken, 'Not a video at all. '.repeat(100));
  await add(page, broken);
  await extract(page);
  const failed = await mailedLink(page, account.email, 'videos', 'notes.mp4');
  expect(failed).not.toBe(finished);

  // Who is not logged in does so first, and is where the mail leads then.
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.goto(finished);
  await page.getByLabel('E-mail address').fill(account.email);
  await page.getByLabel('Password', { exact: true }).fill(account.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'small.mp4' })).toBeVisible();
  await expect(page.getByRole('gridcell')).toHaveCount(6);
  await page.goto(failed);
  await expect(page.getByRole('heading', { level: 1, name: 'notes.mp4' })).toBeVisible();
  const { what } = phrases.en.failures.not_a_video;
  await expect(page.getByRole('heading', { name: what })).toBeVisible();
  await page.goto(await mailedLink(page, account.email, 'preferences'));
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await expect(page.locator('#content').getByRole('checkbox').first()).toBeVisible();
});

test('a video that will be deleted soon, which is kept longer', async ({
  library: page,
  account,
}) => {
  await page.goto(await mailedLink(page, account.email, 'verify'));
  await expect(page.getByText('Your address is confirmed')).toBeVisible();
  await page.goto('/#/');
  await add(page, clip('small.mp4'));
  // The notice comes a few seconds after the upload of what is kept for a day.
  await page.getByLabel('Keep for days').fill('1');
  await extract(page);
  const link = await mailedLink(page, account.email, 'videos', 'will be deleted');
  await page.goto(link);
  await expect(page.getByRole('heading', { level: 1, name: 'small.mp4' })).toBeVisible();
  await page.getByRole('button', { name: 'More for small.mp4' }).click();
  await page.getByRole('button', { name: 'Keep longer' }).click();
  await page.getByLabel('Keep for days').fill('7');
  await page.getByRole('dialog').getByRole('button', { name: 'Keep longer' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('a mail that leads to Fotograma itself', async ({ library: page, account }) => {
  await page.goto(await mailedLink(page, account.email, 'verify'));
  await expect(page.getByText('Your address is confirmed')).toBeVisible();
  const headers = await bearer(page, account);
  const data = { name: 'nightly', scopes: ['videos:read'], current_password: account.password };
  expect((await page.request.post('/auth/api-keys', { headers, data })).status()).toBe(201);
  const home = await mailedHome(page, account.email, 'A new API key was made');
  await page.goto(home);
  await expect(page.getByRole('button', { name: 'Choose files' })).toBeVisible();
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.goto(home);
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
});

test('an address that is confirmed in one browser is entered in another', async ({
  library: page,
  account,
  browser,
}) => {
  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await logIn(other, account);
  await page.goto(await mailedLink(page, account.email, 'verify'));
  await expect(page.getByText('Your address is confirmed')).toBeVisible();
  const email = newEmail();
  await changeAddress(page, email, account.password);
  await page.goto(await mailedLink(page, email, 'verify'));
  await expect(page.getByText('Your address is confirmed')).toBeVisible();

  await other.goto('/#/settings/sessions');
  const dialog = other.getByRole('dialog', { name: 'Your session has ended' });
  await expect(dialog.getByLabel(`Password of ${account.email}`)).toBeFocused();
  await dialog.getByLabel('E-mail address').fill(email);
  await dialog.getByLabel(`Password of ${email}`).fill(account.password);
  await dialog.getByRole('button', { name: 'Log in' }).click();
  await expect(dialog).toHaveCount(0);
  await other.goto('/#/settings/account');
  await expect(other.locator('#content').getByText(email)).toBeVisible();
  await elsewhere.close();
});

async function choosePassword(page: Page, password: string): Promise<void> {
  await page.getByLabel('New password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Save the password' }).click();
  await expect(page.getByText('Your password is changed. Log in with it.')).toBeVisible();
}

/** The library in one more tab of the same browser. */
async function anotherTab(context: BrowserContext): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto('/');
  await expect(tab.getByRole('button', { name: 'Choose files' })).toBeVisible();
  return tab;
}
