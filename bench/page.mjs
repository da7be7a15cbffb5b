// What the page's budgets are about, in Chromium, against a running product: `make bench-page`.
//
// Each number is the median of several rounds, with the least and the greatest; once as the machine
// is, and once with a slower processor. No test: what it prints depends on the machine, and on what
// else runs there.
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { chromium } = createRequire(new URL('../web/package.json', import.meta.url))(
  '@playwright/test',
);
const { FOTOGRAMA_URL: url = 'http://localhost:8080', BROWSER = '/usr/bin/chromium' } = process.env;
const ROUNDS = Number(process.env.ROUNDS ?? 10);
const FRAMES = Number(process.env.FRAMES ?? 10_020);
const PADDING = 200_000_000;
const PASSWORD = 'correct horse battery staple';
/** What Lighthouse calls slow 4G, and a phone's processor. */
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 204_800, uploadThroughput: 96_000 };
const SLOWER = 4;
/** A hand needs no less from the edge of the window to where it drops a file. */
const DRAGGING_MS = 300;
const PAINT = 'largest paint (slowed: by slow 4G, too), ms';
/** How much each may be; slowed, too, where no second number says otherwise. */
const BUDGETS = {
  [PAINT]: [500, 1800],
  'from the drop to the facts, ms': [300],
  'from the drop to the first preview, ms': [1500],
  'slowest interaction to next paint, ms': [200],
  'open → first thumbnail, ms': [500],
  'scrolling, median of a round, ms': [16.7],
  'scrolling, 95 % of a round, ms': [34],
  'fast scrolling, 95 % of a round, ms': [34],
  'elements in the grid': [400],
  'heap, MB': [60],
};
const WAIT = { timeout: 300_000 };

const folder = mkdtempSync(join(tmpdir(), 'fotograma-bench-'));
/** By what was measured: the numbers as the machine is, and those with a slower processor. */
const samples = new Map();
let isSlowed = false;

/** Keep a number of a round. */
function note(what, value) {
  const both = samples.get(what) ?? [[], []];
  both[Number(isSlowed)].push(value);
  samples.set(what, both);
}

function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

function report() {
  console.log(`${ROUNDS} rounds; slowed is a processor ${SLOWER} times slower\n`);
  console.log('| | budget | median | least | greatest | slowed | least | greatest |');
  console.log('|---|---|---|---|---|---|---|---|');
  for (const [what, [usual, slowed]] of samples) {
    const [budget, ofSlowed = budget] = BUDGETS[what] ?? [];
    const limits = [...new Set([budget, ofSlowed])].map((each) => each?.toLocaleString('en') ?? '');
    const told = [...columns(usual, budget), ...columns(slowed, ofSlowed)];
    console.log(`| ${what} | ${limits.join(' · ')} | ${told.join(' | ')} |`);
  }
}

/** Median, least and greatest; the first is bold where it is over its budget. */
function columns(values, budget = Number.POSITIVE_INFINITY) {
  if (values.length === 0) return ['', '', ''];
  const [median, ...others] = [0.5, 0, 1].map((share) => quantile(values, share));
  const words = median.toLocaleString('en');
  return [median > budget ? `**${words}**` : words, ...others.map((each) => each.toLocaleString('en'))];
}

/** A 1080p H.264 film of a minute with a keyframe every 10 s, padded so that sending takes a while. */
function film(name) {
  const path = join(folder, name);
  ffmpeg('testsrc2=s=1920x1080:r=25:d=60', ['-g', '250', '-preset', 'ultrafast'], path);
  const box = Buffer.alloc(PADDING);
  box.writeUInt32BE(PADDING, 0);
  box.write('free', 4, 'latin1');
  appendFileSync(path, box);
  return path;
}

function ffmpeg(source, options, path) {
  const encoder = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', ...options];
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...encoder, path]);
}

/** In the page, before it runs: what the browser tells of itself, and what is on its way. */
function watch() {
  window.seen = { paint: 0, interactions: [], blocked: 0, sending: 0, most: 0 };
  const on = (type, take, options = {}) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({
      type,
      buffered: true,
      ...options,
    });
  on('largest-contentful-paint', ({ startTime }) => (seen.paint = startTime));
  on(
    'event',
    ({ interactionId, duration, name }) => interactionId > 0 && seen.interactions.push([duration, name]),
    { durationThreshold: 16 },
  );
  on('longtask', ({ duration }) => (seen.blocked += duration - 50));
  const { send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.send = function (body) {
    if (body instanceof Blob) {
      seen.firstPart ??= performance.now();
      seen.sending += body.size;
      seen.most = Math.max(seen.most, seen.sending);
      this.addEventListener('readystatechange', () => {
        if (this.readyState === XMLHttpRequest.DONE) seen.sending -= body.size;
      });
    }
    send.call(this, body);
  };
}

async function firstPaint(browser) {
  const context = await browser.newContext();
  await context.addInitScript(watch);
  const page = await context.newPage();
  if (isSlowed) {
    const tools = await context.newCDPSession(page);
    await tools.send('Network.enable');
    await tools.send('Network.emulateNetworkConditions', SLOW_4G);
    await slowDown(tools);
  }
  await page.goto(url, { waitUntil: 'networkidle' });
  await page.waitForFunction(() => seen.paint > 0 && document.querySelector('form') !== null);
  await page.waitForTimeout(500);
  note(PAINT, Math.round(await page.evaluate(() => seen.paint)));
  await context.close();
}

/** Have the page's main thread as slow as this round wants it. */
function slowDown(tools) {
  return tools.send('Emulation.setCPUThrottlingRate', { rate: isSlowed ? SLOWER : 1 });
}

async function logIn(browser) {
  const email = `bench-${Date.now()}@example.org`;
  const context = await browser.newContext({ baseURL: url });
  await context.addInitScript(watch);
  const page = await context.newPage();
  await page.request.post('/auth/register', { data: { email, password: PASSWORD } });
  await page.goto('/#/login');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: 'Choose files' }).waitFor();
  return page;
}

/** In the page: when the file came, when its facts were shown, and when its first preview. */
function watchDrop() {
  window.drop = {};
  addEventListener('drop', () => (drop.came = performance.now()), { capture: true, once: true });
  new MutationObserver(() => {
    const dialog = document.querySelector('dialog');
    if (dialog?.textContent.includes('1920×1080')) drop.facts ??= performance.now();
    if (dialog?.querySelector('img')?.complete) drop.preview ??= performance.now();
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}

/** Drag the file over the page, as from the computer's own window, and drop it. */
async function drop(page, tools, path) {
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  const drag = (type) => tools.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
  await drag('dragEnter');
  await drag('dragOver');
  await page.locator('.drop-zone.is-over').waitFor();
  await page.waitForTimeout(DRAGGING_MS);
  await drag('drop');
}

async function dropped(page, tools, path) {
  await page.reload();
  await page.getByText('No videos yet').waitFor();
  await page.evaluate(watchDrop);
  const blocked = await page.evaluate(() => seen.blocked);
  await drop(page, tools, path);
  await page.waitForFunction(() => drop.preview !== undefined && seen.firstPart !== undefined);
  const { came, facts, preview, first, long } = await page.evaluate(() => ({
    ...drop,
    first: seen.firstPart,
    long: seen.blocked,
  }));
  note('from the drop to the facts, ms', Math.round(facts - came));
  note('from the drop to the first preview, ms', Math.round(preview - came));
  note('from the drop to the first part on its way, ms', Math.round(first - came));
  note('main thread blocked meanwhile, ms', Math.round(long - blocked));
  await useIt(page);
  await page.getByRole('button', { name: 'ZIP' }).first().waitFor(WAIT);
  note('most of a file on its way at once, MB', (await page.evaluate(() => seen.most)) / 1e6);
  await page.getByRole('button', { name: /^More for/ }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No videos yet').waitFor();
  const interactions = await page.evaluate(() => seen.interactions);
  note('slowest interaction to next paint, ms', Math.max(16, ...interactions.map(([taken]) => taken)));
}

/** Choose as users do: ways of choosing, numbers, then the frames. */
async function useIt(page) {
  for (const key of ['2', '7', '1']) await page.keyboard.press(key);
  await page.getByLabel('Seconds between two frames').fill('');
  await page.keyboard.type('10', { delay: 50 });
  await page.getByRole('button', { name: 'Extract 6 frames' }).click();
}

/** Extract every frame of a small film, once. */
async function makeFrames(page) {
  const path = join(folder, 'frames.mp4');
  ffmpeg(`testsrc2=s=320x180:r=30:d=${FRAMES / 30}`, ['-preset', 'ultrafast'], path);
  await page.getByTestId('files').setInputFiles(path);
  await page.getByText('Every second, JPEG').click();
  await page.getByRole('radio', { name: 'Every frame' }).check();
  await page.getByRole('button', { name: /^Extract [\d,]+ frames$/ }).click();
  await page.getByRole('button', { name: 'ZIP' }).waitFor(WAIT);
}

/** In the page: from a click on a video to the pixels of its first thumbnail. */
async function openFrames() {
  const began = performance.now();
  document.querySelector('.row-name a').click();
  const cell = () => document.querySelector('[data-position="0"] .frame')?.style.backgroundImage;
  while (!cell()) await new Promise(requestAnimationFrame);
  const picture = new Image();
  picture.src = cell().slice(5, -2);
  await picture.decode();
  return performance.now() - began;
}

/** In the page: milliseconds between its frames while it scrolls so many pixels in each. */
async function scroll(pixels) {
  const taken = [];
  let before = await new Promise(requestAnimationFrame);
  for (let frame = 0; frame < 240; frame++) {
    scrollBy(0, pixels);
    const now = await new Promise(requestAnimationFrame);
    taken.push(Math.round(10 * (now - before)) / 10);
    before = now;
  }
  return taken;
}

async function frames(page, tools) {
  await page.goto('/#/');
  await page.reload();
  await page.locator('.row-name a').waitFor();
  note('open → first thumbnail, ms', Math.round(await page.evaluate(openFrames)));
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  const last = `[data-position="${FRAMES - 1}"] .frame[style*="background-image"]`;
  await page.locator(last).waitFor(WAIT);
  for (const [how, pixels] of [['', 40], ['fast ', 2000]]) {
    await page.evaluate(() => scrollTo(0, 0));
    const taken = await page.evaluate(scroll, pixels);
    note(`${how}scrolling, median of a round, ms`, quantile(taken, 0.5));
    note(`${how}scrolling, 95 % of a round, ms`, quantile(taken, 0.95));
  }
  const elements = () => document.querySelector('.frame-grid').querySelectorAll('*').length;
  note('elements in the grid', await page.evaluate(elements));
  await tools.send('HeapProfiler.collectGarbage');
  note('heap, MB', Math.round((await tools.send('Runtime.getHeapUsage')).usedSize / 1e5) / 10);
}

/** Take the rounds, each with the processor as it is and then slowed. */
async function rounds(measure) {
  for (let round = 0; round < ROUNDS; round++) {
    for (isSlowed of [false, true]) await measure();
  }
  isSlowed = false;
}

const options = ['--no-sandbox', '--disable-gpu', '--disable-quic'];
const browser = await chromium.launch({ executablePath: BROWSER, args: options });
try {
  await rounds(() => firstPaint(browser));
  const page = await logIn(browser);
  const tools = await page.context().newCDPSession(page);
  const path = film('film.mp4');
  const measured = (measure) => async () => {
    await slowDown(tools);
    await measure(page, tools, path);
  };
  await rounds(measured(dropped));
  await slowDown(tools);
  await makeFrames(page);
  await rounds(measured(frames));
} finally {
  report();
  await browser.close();
  rmSync(folder, { recursive: true });
}
