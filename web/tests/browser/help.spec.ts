/** The help: read by anybody, in both languages, and where somebody comes from a failure. */
import type { Page } from '@playwright/test';
import phrases from '../../app/words/phrases.json' with { type: 'json' };
import { expect, expectAccessible, expectNoSidewaysScrolling, test } from './fixtures';
import { tell, told, VIDEO } from './told';

const TABS = ['', '/formats', '/failures', '/keys', '/notices'];

test('strangers read it, and are led to the login', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('link', { name: 'Help' }).click();
  for (const tab of TABS) {
    await page.goto(`/#/help${tab}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectAccessible(page);
    await page.setViewportSize({ width: 320, height: 640 });
    await expectNoSidewaysScrolling(page);
    await page.setViewportSize({ width: 1280, height: 800 });
  }
  await page.goto('/#/help/formats');
  await expect(page.getByText('Matroska, WebM,')).toBeVisible();
  await expect(page.getByText('Log in to see the limits of your account.')).toBeVisible();
  await page.goto('/#/help/notices');
  await page.getByText('License of mediabunny').click();
  await expect(page.getByText('Mozilla Public License Version 2.0').first()).toBeVisible();
  await page.getByRole('link', { name: 'Log in' }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeFocused();
});

test('it can be read while the services are away', async ({ library: page }) => {
  await page.route('**/auth/**', (route) => route.abort());
  await page.goto('/#/help/failures');
  await page.reload();
  await expect(page.getByRole('heading', { name: 'When something fails' })).toBeVisible();
});

test('it tells the limits of who is logged in', async ({ library: page }) => {
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('link', { name: 'Help' }).click();
  await page.getByRole('link', { name: 'Formats and limits' }).click();
  const largest = page.getByText('Largest video').locator('..');
  await expect(largest).toContainText(/\d+ GB/);
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Keyboard' }).click();
  await expect(page.getByText('From frame to frame')).toBeVisible();
});

test('a failure leads to its remedy, in the words of the mails', async ({ library: page }) => {
  await tell(page, told({ reason: 'encrypted' }));
  await page.reload();
  await page.getByRole('link', { name: 'What can I do?' }).click();
  await expectRemedy(page, 'encrypted');
  await page.goto(`/#/videos/${VIDEO}`);
  await page.getByRole('link', { name: 'What can I do?' }).click();
  await expectRemedy(page, 'encrypted');
});

async function expectRemedy(page: Page, reason: 'encrypted'): Promise<void> {
  const { what, remedy } = phrases.en.failures[reason];
  await expect(page.getByRole('heading', { name: what })).toBeFocused();
  await expect(page.getByText(remedy)).toBeInViewport();
}
