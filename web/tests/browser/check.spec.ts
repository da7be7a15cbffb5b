/** Frames are checked against their manifest in the browser alone, without an account or a network. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { clip, folderOf } from './clips';
import {
  add,
  expect,
  expectAccessible,
  expectNoSidewaysScrolling,
  extract,
  test,
} from './fixtures';

const FRAME = '00-00-02.000000.png';

test('an archive of the product, its frames, and what somebody changed', async ({
  library: page,
  context,
}) => {
  const archive = await downloaded(page);
  const folder = folderOf(archive);
  execFileSync('unzip', ['-q', archive, '-d', folder]);
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  const worker = page.waitForResponse(/check-worker/);
  await page.getByRole('link', { name: 'Check frames' }).click();
  await expect(page.getByRole('heading', { name: 'Check frames' })).toBeFocused();
  await (await worker).finished();
  await context.setOffline(true);
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));

  await check(page, archive);
  await expect(page.getByText('All 6 frames are unchanged')).toBeVisible();
  await expect(page.getByText('compared with its own manifest')).toBeVisible();
  await expect(page.getByText('small.mp4').last()).toBeVisible();

  const manifest = join(folder, 'manifest.json');
  await check(page, join(folder, FRAME), manifest);
  await expect(page.getByText('It is unchanged: to the byte')).toBeVisible();
  await expect(page.getByText('5 other frames of the manifest')).toBeVisible();

  const altered = readFileSync(archive);
  const place = altered.indexOf(FRAME) + 500;
  altered.writeUInt8(altered.readUInt8(place) ^ 1, place);
  const changed = join(folder, 'changed.zip');
  writeFileSync(changed, altered);
  await check(page, changed);
  await expect(page.getByText('Not the same: something was changed.')).toBeVisible();
  await expect(page.locator('.check-findings').first()).toContainText(FRAME);
  expect(requests).toEqual([]);

  await context.setOffline(false);
  await expectAccessible(page);
  await check(page, archive);
  await expect(page.getByText('All 6 frames are unchanged')).toBeVisible();
  await expectAccessible(page);
  await page.setViewportSize({ width: 320, height: 640 });
  await expectNoSidewaysScrolling(page);
});

test('what cannot be checked says why', async ({ page }) => {
  await page.goto('/#/check');
  const video = clip('small.mp4');
  await check(page, video);
  await expect(page.getByText('There is no manifest to compare with.')).toBeVisible();
  await expectAccessible(page);
  const cut = join(folderOf(video), 'cut.zip');
  writeFileSync(cut, Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(100)]));
  await check(page, cut);
  await expect(page.getByText('cut.zip is not whole')).toBeVisible();
  const packed = join(folderOf(video), 'packed.zip');
  const text = join(folderOf(video), 'frame.txt');
  writeFileSync(text, 'the same '.repeat(1000));
  execFileSync('python3', ['-m', 'zipfile', '-c', packed, text]);
  await check(page, packed);
  await expect(page.getByText('packed.zip was packed anew by another program.')).toBeVisible();
});

async function check(page: Page, ...files: string[]): Promise<void> {
  await page.getByTestId('check-files').setInputFiles(files);
}

/** The ZIP of six frames. */
async function downloaded(page: Page): Promise<string> {
  await add(page, clip('small.mp4'));
  await extract(page);
  const zip = page.getByRole('button', { name: 'ZIP' });
  await expect(zip).toBeVisible({ timeout: 60_000 });
  const coming = page.waitForEvent('download');
  await zip.click();
  const path = join(folderOf(clip('small.mp4')), 'small.zip');
  await (await coming).saveAs(path);
  return path;
}
