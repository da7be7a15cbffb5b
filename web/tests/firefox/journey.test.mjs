// From an account to the frames, a reload while a file is sent, a session that is ended elsewhere.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  api,
  click,
  clip,
  downloaded,
  element,
  folder,
  give,
  loggedIn,
  logIn,
  mailedLink,
  newEmail,
  opened,
  PASSWORD,
  type,
  until,
  url,
  waitFor,
} from './fox.mjs';

const LARGE_BYTES = 40_000_000;
/** Of eight parts, the last of them smaller. */
const [PARTS_BEFORE, SHARE_BEFORE] = [3, '39'];

test('a stranger registers, confirms, uploads, watches, opens and downloads', async () => {
  const email = newEmail();
  const { page, troubles } = await opened();
  await click(page, 'a', 'Create an account');
  await element(page, 'h1', 'Create an account');
  await type(page, 'input[type=email]', email);
  await type(page, 'input[type=password]', PASSWORD);
  await click(page, 'button[type=submit]', 'Create the account');
  await element(page, '.drop-title', 'No videos yet');
  await page.goto(`${url}${await mailedLink(email, 'verify')}`);
  await element(page, '.note', 'Your address is confirmed');
  assert.doesNotMatch(page.url(), /verify\/./);
  await click(page, 'a', 'To your videos');
  await click(page, 'button', 'Account and settings');
  await click(page, 'button', 'Log out');
  await logIn(page, { email, password: PASSWORD });

  await give(page, 'files', clip('small.mp4'));
  await click(page, 'dialog button', 'Extract 4 frames');
  await click(page, '.row-name a', 'small.mp4');
  await until(page, 'four thumbnails', () => {
    const cells = [...document.querySelectorAll('[role=gridcell] .frame')];
    return cells.length === 4 && cells.every((cell) => cell.style.backgroundImage !== '');
  });
  await page.focus('[role=gridcell]');
  await page.keyboard.press('Enter');
  await until(page, 'a frame', () => document.querySelector('.loupe img')?.naturalWidth === 320);
  await page.keyboard.press('Escape');

  await click(page, 'button', 'ZIP');
  const path = await downloaded('.zip');
  const names = execFileSync('unzip', ['-Z1', path], { encoding: 'utf8' });
  assert.deepEqual(names.trim().split('\n'), [
    ...[0, 1, 2, 3].map((second) => `00-00-0${second}.000000.png`),
    'manifest.json',
  ]);
  assert.deepEqual(troubles, []);
  await page.close();
});

test('a reload sends no part again, and asks for the file', async () => {
  const { page, troubles, parts } = await loggedIn(PARTS_BEFORE);
  const path = largeClip('reload.mp4');
  await give(page, 'files', path);
  await click(page, 'dialog button', 'Extract 4 frames');
  const share = () => document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow');
  await waitFor('40 %', async () => (await page.evaluate(share)) === SHARE_BEFORE);
  await waitFor('an answer to each part', () => parts.length === PARTS_BEFORE);
  await page.reload();
  await element(page, '.row', 'Choose reload.mp4 again to go on');
  await give(page, 'file-again', otherClip('reload.mp4'));
  await element(page, '.row', 'This is not the file that was begun.');
  await give(page, 'file-again', path);
  await element(page, '.row button', 'ZIP');
  assert.deepEqual(
    parts.toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
  assert.deepEqual(troubles, []);
  await page.close();
});

test('a session that is ended elsewhere is taken up over the page', async () => {
  const { page, troubles, account } = await loggedIn();
  await give(page, 'files', largeClip('revoked.mp4'));
  await click(page, 'dialog button', 'Extract 4 frames');
  const headers = await endOtherSessions(account);
  await page.evaluate(() => {
    location.hash = '#/settings/sessions';
  });
  await element(page, 'dialog h2', 'Your session has ended');
  const { items } = await api('GET', '/video/uploads', undefined, headers);
  assert.equal(items.length, 1, 'the file is still on its way');
  await type(page, 'dialog input[type=password]', PASSWORD);
  await click(page, 'dialog button', 'Log in');
  await page.evaluate(() => {
    location.hash = '#/';
  });
  await element(page, '.row button', 'ZIP');
  assert.deepEqual(troubles, []);
  await page.close();
});

/** End the page's session, as its user would elsewhere; returns what that one bears. */
async function endOtherSessions(account) {
  const { access_token } = await api('POST', '/auth/login', account);
  const headers = { Authorization: `Bearer ${access_token}` };
  const { items } = await api('GET', '/auth/sessions', undefined, headers);
  for (const { id } of items.filter(({ current }) => !current)) {
    await api('DELETE', `/auth/sessions/${id}`, undefined, headers);
  }
  return headers;
}

/** A clip that is padded, so that it has several parts. */
function largeClip(name) {
  const path = clip(name);
  const box = Buffer.alloc(LARGE_BYTES);
  box.writeUInt32BE(LARGE_BYTES, 0);
  box.write('free', 4, 'latin1');
  appendFileSync(path, box);
  return path;
}

/** Another file of the same name. */
function otherClip(name) {
  const elsewhere = join(folder, 'elsewhere');
  mkdirSync(elsewhere);
  copyFileSync(clip('other.mp4'), join(elsewhere, name));
  return join(elsewhere, name);
}
