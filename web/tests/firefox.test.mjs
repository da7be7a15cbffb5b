// The page in Firefox ESR, by WebDriver BiDi: frames, a reload while a file is sent, a session that
// is ended elsewhere. Run by `tests/browser/test_page_in_firefox.py` against a running product.
//
// Puppeteer waits by compiling code within the page, which the page's policy forbids; so it is asked
// again and again from here instead.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import puppeteer from 'puppeteer-core';

const { FOTOGRAMA_URL: url = 'http://localhost:8080', BROWSER = '/usr/bin/firefox-esr' } =
  process.env;
const WAIT_MS = 90_000;
const PART_MS = 1500;
const LARGE_BYTES = 40_000_000;
const PASSWORD = 'correct horse battery staple';
const folder = mkdtempSync(join(tmpdir(), 'fotograma-firefox-'));

let browser;
before(async () => {
  browser = await puppeteer.launch({ browser: 'firefox', executablePath: BROWSER });
});
after(async () => {
  await browser.close();
});

test('a user logs in, uploads, and sees the frames', async () => {
  const { page, troubles } = await loggedIn();
  await give(page, 'files', clip('small.mp4'));
  await click(page, 'dialog button', 'Extract 4 frames');
  await click(page, '.row-name a', 'small.mp4');
  await until(page, 'four thumbnails', () => {
    const cells = [...document.querySelectorAll('[role=gridcell] button')];
    return cells.length === 4 && cells.every((cell) => cell.style.backgroundImage !== '');
  });
  await click(page, '[role=gridcell] button', '');
  await until(page, 'a frame', () => document.querySelector('.loupe img')?.naturalWidth === 320);
  assert.deepEqual(troubles, []);
  await page.close();
});

test('a reload sends no part again, and asks for the file', async () => {
  const { page, troubles, parts } = await loggedIn();
  const path = largeClip('reload.mp4');
  await give(page, 'files', path);
  await click(page, 'dialog button', 'Extract 4 frames');
  await waitFor('three parts', () => parts.length >= 3);
  await page.reload();
  await element(page, '.row', 'Choose reload.mp4 again to go on');
  await give(page, 'file-again', otherClip('reload.mp4'));
  await element(page, '.row', 'This is not the file that was begun.');
  await give(page, 'file-again', path);
  await element(page, '.row button', 'ZIP');
  assert.equal(new Set(parts).size, parts.length);
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

/** A page at the library of a new account; what goes wrong in it, and the parts it sends. */
async function loggedIn() {
  const account = { email: `fox-${crypto.randomUUID()}@example.org`, password: PASSWORD };
  await api('POST', '/auth/register', account);
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
  await page.evaluateOnNewDocument(prepare, PART_MS);
  await page.goto(url);
  await type(page, 'input[type=email]', account.email);
  await type(page, 'input[type=password]', PASSWORD);
  await click(page, 'button[type=submit]', 'Log in');
  await element(page, 'button', 'Choose files');
  return { page, troubles, parts, account };
}

/** In the page: tell what the policy forbids, and let each part take a while. */
function prepare(milliseconds) {
  addEventListener('securitypolicyviolation', (event) => {
    console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
  });
  const { send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.send = function (body) {
    setTimeout(() => send.call(this, body), milliseconds);
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
