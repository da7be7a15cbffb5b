/** Presets of one's own, and several recipes at one upload. */
import { clip } from './clips';
import { add, expect, expectAccessible, expectNoSidewaysScrolling, test } from './fixtures';

test('a preset is saved, used, renamed and deleted', async ({ library: page }) => {
  await add(page, clip('small.mp4'));
  const dialog = page.getByRole('dialog', { name: 'small.mp4' });
  await dialog.getByLabel('Seconds between two frames').fill('3');
  await dialog.getByRole('button', { name: 'Save as preset' }).click();
  await dialog.getByLabel('Name of the preset').fill('Every three <b>');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  const mine = dialog.getByRole('button', { name: 'Every three <b>', exact: true });
  await expect(mine).toHaveAttribute('aria-pressed', 'true');
  await dialog.getByRole('button', { name: 'Dataset' }).click();
  await expect(mine).toHaveAttribute('aria-pressed', 'false');

  await page.reload();
  await page.getByRole('button', { name: 'Choose frames' }).click();
  await mine.click();
  await expect(dialog.getByLabel('Seconds between two frames')).toHaveValue('3');
  await dialog.getByRole('button', { name: 'Rename “Every three <b>”' }).click();
  await dialog.getByLabel('Name of the preset').fill('Threes');
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Delete “Threes”' }).click();
  const question = page.getByRole('dialog', { name: 'Delete the preset?' });
  await expectAccessible(page);
  await question.getByRole('button', { name: 'Delete' }).click();
  await expect(dialog.getByRole('button', { name: 'Threes' })).toHaveCount(0);
  await expect(dialog).toBeVisible();
});

test('several recipes at one upload become several extractions', async ({ library: page }) => {
  await add(page, clip('small.mp4'));
  const dialog = page.getByRole('dialog', { name: 'small.mp4' });
  await dialog.getByRole('button', { name: 'Another recipe' }).click();
  await dialog.getByRole('button', { name: 'Stills' }).click();
  await expectAccessible(page);
  await page.setViewportSize({ width: 320, height: 640 });
  await expectNoSidewaysScrolling(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  await dialog.getByRole('button', { name: 'every 1 s · PNG' }).click();
  await expect(dialog.getByLabel('Seconds between two frames')).toHaveValue('1');
  await dialog.getByLabel('Seconds between two frames').fill('');
  await expect(dialog.getByRole('button', { name: 'unfinished' })).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Extract 2 recipes' })).toBeDisabled();
  await dialog.getByLabel('Seconds between two frames').fill('2');
  await dialog.getByRole('button', { name: 'Extract 2 recipes' }).click();
  await page.getByRole('link', { name: 'small.mp4' }).click();
  const tabs = page.getByRole('navigation', { name: 'Extractions' });
  await expect(tabs.getByRole('link', { name: /every 2 s · PNG/ })).toBeVisible();
  await expect(tabs.getByRole('link', { name: /keyframes · PNG/ })).toBeVisible();
});

test('through the API, too, where the storage is out of reach', async ({ library: page }) => {
  await page.route(/partNumber=/, (route) => route.abort());
  await add(page, clip('small.mp4'));
  const dialog = page.getByRole('dialog', { name: 'small.mp4' });
  await dialog.getByRole('button', { name: 'Another recipe' }).click();
  await dialog.getByRole('button', { name: 'Stills' }).click();
  await dialog.getByRole('button', { name: 'Extract 2 recipes' }).click();
  await page.getByRole('button', { name: 'Send through Fotograma instead' }).click();
  await page.getByRole('link', { name: 'small.mp4' }).click();
  const tabs = page.getByRole('navigation', { name: 'Extractions' });
  await expect(tabs.getByRole('link')).toHaveCount(2);
});
