/** API keys are made, shown once, and deleted. */
import { bearer, expect, expectAccessible, test } from './fixtures';

test('a key that is deleted is gone', async ({ library: page, account }) => {
  await page.goto('/#/settings/keys');
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByLabel('Name').fill('nightly');
  await page.getByRole('button', { name: 'Create the key' }).click();
  await expect(page.getByText('Here is the key.')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('listitem').getByRole('button', { name: 'Delete the key' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete the key' }).click();
  await expect(page.getByText('The key is deleted')).toBeVisible();
  await expect(page.getByRole('listitem')).toHaveCount(0);
  const headers = await bearer(page, account);
  const { items } = await (await page.request.get('/auth/api-keys', { headers })).json();
  expect(items).toEqual([]);
});
