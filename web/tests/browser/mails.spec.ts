/** Each kind of link that is mailed opens the screen that it promises. */
import { writeFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import phrases from '../../app/words/phrases.json' with { type: 'json' };
import { clip, inOtherFolder } from './clips';
import { add, expect, extract, logIn, mailedLink, newEmail, test } from './fixtures';

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
  await page.getByLabel('New password', { exact: true }).fill(OTHER_PASSWORD);
  await page.getByRole('button', { name: 'Save the password' }).click();
  await expect(page.getByText('Your password is changed. Log in with it.')).toBeVisible();
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
  await page.getByLabel('New password', { exact: true }).fill(OTHER_PASSWORD);
  await page.getByRole('button', { name: 'Save the password' }).click();
  await expect(page.getByText('Your password is changed. Log in with it.')).toBeVisible();
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
