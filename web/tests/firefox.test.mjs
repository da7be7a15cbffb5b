// The page in Firefox ESR, by WebDriver BiDi: from an account to the frames, a reload while a file is
// sent, a session that is ended elsewhere. Run by `tests/browser/test_page_in_firefox.py` against a
// running product.
//
// Puppeteer waits by compiling code within the page, which the page's policy forbids; so it is asked
// again and again from here instead.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import puppeteer from 'puppeteer-core';

const { FOTOGRAMA_URL: url = 'http://localhost:8080', FOTOGRAMA_MAILBOX: mailbox = '' } =
  process.env;
const { BROWSER = '/usr/bin/firefox-esr' } = process.env;
const WAIT_MS = 90_000;
const PART_MS = 1500;
const LARGE_BYTES = 40_000_000;
/** Of eight parts, the last of them smaller. */
const [PARTS_BEFORE, SHARE_BEFORE] = [3, '39'];
const PASSWORD = 'correct horse battery staple';
const folder = mkdtempSync(join(tmpdir(), 'fotograma-firefox-'));

const downloads = mkdtempSync(join(tmpdir(), 'fotograma-downloads-'));

let browser;
before(async () => {
  browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: BROWSER,
    extraPrefsFirefox: {
      'browser.download.dir': downloads,
      'browser.download.folderList': 2,
      'browser.download.alwaysOpenPanel': false,
    },
  });
});
after(async () => {
  await browser.close();
});

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

/** A page at the library of a new account, which sends so many parts before it is reloaded. */
async function loggedIn(most) {
  const account = { email: newEmail(), password: PASSWORD };
  await api('POST', '/auth/register', account);
  const { page, ...watched } = await opened(most);
  await logIn(page, account);
  return { page, ...watched, account };
}

/** A page of a new profile; what goes wrong in it, and the parts it sends. */
async function opened(most = Number.MAX_SAFE_INTEGER) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const [troubles, parts] = [[], []];
  page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('dialog', (dialog) => dialog.accept()); // leaving while a file is sent
  page.on('response', (response) => {
    const part = new URL(response.url()).searchParams.get('partNumber');
    const isSent = response.request().method() === 'PUT' && response.ok();
    if (part !== null && isSent) parts.push(Number(part));
  });
  await page.evaluateOnNewDocument(prepare, PART_MS, most);
  await page.goto(url);
  return { page, troubles, parts };
}

async function logIn(page, { email, password }) {
  await element(page, 'h1', 'Log in');
  await type(page, 'input[type=email]', email);
  await type(page, 'input[type=password]', password);
  await click(page, 'button[type=submit]', 'Log in');
  await element(page, 'button', 'Choose files');
}

function newEmail() {
  return `fox-${crypto.randomUUID()}@example.org`;
}

/** The link that was mailed to an address. */
async function mailedLink(email, kind) {
  let link;
  await waitFor(`a mail to ${email}`, async () => {
    const { messages } = await (await fetch(mailbox)).json();
    const mine = Object.values(messages)
      .flat()
      .filter((mail) => mail.To.includes(email));
    link = mine.map((mail) => mail.BodyText.match(`/#/${kind}/[\\w-]+`)?.[0]).find(Boolean);
    return link;
  });
  return link;
}

/** The path of what was downloaded, once all of it is there. */
async function downloaded(ending) {
  let names = [];
  await waitFor(`a download of ${ending}`, () => {
    names = readdirSync(downloads);
    return names.length === 1 && names[0].endsWith(ending);
  });
  return join(downloads, names[0]);
}

/** In the page: tell what the policy forbids, let each part take a while, and hold back all but some. */
function prepare(milliseconds, most) {
  addEventListener('securitypolicyviolation', (event) => {
    console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
  });
  const [{ type }] = performance.getEntriesByType('navigation');
  let left = type === 'reload' ? Number.MAX_SAFE_INTEGER : most;
  const { send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.send = function (body) {
    if (left-- > 0) setTimeout(() => send.call(this, body), milliseconds);
  };
}

async function api(method, path, body, headers = {}) {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  assert.ok(answer.ok, `${answer.status} to ${method} ${path}`);
  return answer.status === 204 ? null : answer.json();
}

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

/** Ask until the answer is yes. */
async function waitFor(what, ask) {
  const end = Date.now() + WAIT_MS;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
    await sleep(100);
  }
}

async function until(page, what, ask, ...values) {
  // A page that is being loaded has nobody to ask.
  await waitFor(what, () => page.evaluate(ask, ...values).catch(() => false));
}

/** The first element of a selector that can be seen and holds these words. */
async function element(page, selector, words = '') {
  const find = (selector, words) =>
    [...document.querySelectorAll(selector)].find(
      (each) => each.checkVisibility() && each.textContent.includes(words),
    ) ?? null;
  let found = null;
  await waitFor(`${selector} “${words}”`, async () => {
    found = (await page.evaluateHandle(find, selector, words).catch(() => null))?.asElement();
    return found;
  });
  return found;
}

async function click(page, selector, words) {
  await (await element(page, selector, words)).click();
}

async function type(page, selector, words) {
  await (await element(page, selector)).type(words);
}

/** Choose a file in the input that a button of the page clicks. */
async function give(page, input, path) {
  const selector = `[data-testid=${input}]`;
  await until(page, selector, (each) => document.querySelector(each) !== null, selector);
  const handle = await page.evaluateHandle((each) => document.querySelector(each), selector);
  await handle.asElement().uploadFile(path);
}

function clip(name) {
  const path = join(folder, name);
  const source = ['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=24:d=4'];
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...source, '-pix_fmt', 'yuv420p', path]);
  return path;
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
