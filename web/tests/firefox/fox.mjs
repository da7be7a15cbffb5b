// Firefox ESR by WebDriver BiDi, and what its tests share. They are run by
// `tests/browser/test_page_in_firefox.py` against a running product.
//
// Puppeteer waits by compiling code within the page, which the page's policy forbids; so it is asked
// again and again from here instead.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import puppeteer from 'puppeteer-core';

export const { FOTOGRAMA_URL: url = 'http://localhost:8080' } = process.env;
const { FOTOGRAMA_MAILBOX: mailbox = '', BROWSER = '/usr/bin/firefox-esr' } = process.env;
const WAIT_MS = 90_000;
const PART_MS = 1500;
export const PASSWORD = 'correct horse battery staple';
export const folder = mkdtempSync(join(tmpdir(), 'fotograma-firefox-'));
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

/** A page at the library of a new account, which sends so many parts before it is reloaded. */
export async function loggedIn(most) {
  const account = { email: newEmail(), password: PASSWORD };
  await api('POST', '/auth/register', account);
  const { page, ...watched } = await opened(most);
  await logIn(page, account);
  return { page, ...watched, account };
}

/** A page of a new profile; what goes wrong in it, and the parts it sends. */
export async function opened(most = Number.MAX_SAFE_INTEGER) {
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

export async function logIn(page, { email, password }) {
  await element(page, 'h1', 'Log in');
  await type(page, 'input[type=email]', email);
  await type(page, 'input[type=password]', password);
  await click(page, 'button[type=submit]', 'Log in');
  await element(page, 'button', 'Choose files');
}

export function newEmail() {
  return `fox-${crypto.randomUUID()}@example.org`;
}

/** The link that was mailed to an address. */
export async function mailedLink(email, kind) {
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
export async function downloaded(ending, milliseconds = WAIT_MS) {
  let names = [];
  const isThere = () => {
    names = readdirSync(downloads);
    return names.length === 1 && names[0].endsWith(ending);
  };
  await waitFor(`a download of ${ending}`, isThere, milliseconds);
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

export async function api(method, path, body, headers = {}) {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  assert.ok(answer.ok, `${answer.status} to ${method} ${path}`);
  return answer.status === 204 ? null : answer.json();
}

/** Ask until the answer is yes. */
export async function waitFor(what, ask, milliseconds = WAIT_MS) {
  const end = Date.now() + milliseconds;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
    await sleep(100);
  }
}

export async function until(page, what, ask, ...values) {
  // A page that is being loaded has nobody to ask.
  await waitFor(what, () => page.evaluate(ask, ...values).catch(() => false));
}

/** The first element of a selector that can be seen and holds these words. */
export async function element(page, selector, words = '') {
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

/** Click an element once a click at its middle would be its own: nothing lies over it, or lets it through. */
export async function click(page, selector, words) {
  const found = await element(page, selector, words);
  const takesClicks = (each) => {
    each.scrollIntoView({ block: 'nearest' });
    const { left, top, width, height } = each.getBoundingClientRect();
    return each.contains(document.elementFromPoint(left + width / 2, top + height / 2));
  };
  await until(page, `a free “${words}”`, takesClicks, found);
  await found.click();
}

export async function type(page, selector, words) {
  await (await element(page, selector)).type(words);
}

/** Choose a file in the input that a button of the page clicks. */
export async function give(page, input, path) {
  const selector = `[data-testid=${input}]`;
  await until(page, selector, (each) => document.querySelector(each) !== null, selector);
  const handle = await page.evaluateHandle((each) => document.querySelector(each), selector);
  await handle.asElement().uploadFile(path);
}

/** A clip by FFmpeg's test source. */
export function clip(name, source = 'testsrc2=s=320x180:r=24:d=4', options = []) {
  const path = join(folder, name);
  const input = ['-f', 'lavfi', '-i', source];
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-y', ...input, '-pix_fmt', 'yuv420p'],
    ...[...options, path],
  ]);
  return path;
}
