// A stranger's walk through the page, in a fresh profile: register, confirm, drop a video or take the
// sample, see its frames before it has been sent, take them all, then five that are picked. Tells the
// clicks and seconds of each step (`make walk`).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { chromium } = createRequire(new URL('../web/package.json', import.meta.url))(
  '@playwright/test',
);
const { FOTOGRAMA_URL: url = 'http://localhost:8080', BROWSER = '/usr/bin/chromium' } = process.env;
/** Without one, the sample that the page offers. */
const { CLIP: clip } = process.env;
const UPLOAD = Number(process.env.UPLOAD_MBIT ?? 10);
/** As a person would look for them: here and there in the video. */
const PICKED = 5;
/** Pixels at the bottom of the window that the bar of what is picked covers. */
const BAR = 90;
const WAIT = { timeout: 300_000 };
const account = { email: `stranger-${Date.now()}@example.org`, password: 'twelve wet trombones' };

const profile = mkdtempSync(join(tmpdir(), 'fotograma-walk-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: BROWSER,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
  baseURL: url,
  locale: 'en-US',
});
const page = context.pages()[0];
const mailbox = /href="(\S+)">Mailbox/.exec(await (await page.request.get('/about')).text())[1];
let [clicks, began] = [0, performance.now()];
const all = { clicks: 0, seconds: 0 };

async function click(locator) {
  clicks += 1;
  await locator.click(WAIT);
}

function button(name) {
  return page.getByRole('button', { name });
}

/** End a step: what was seen, its clicks, its seconds. */
function seen(what) {
  const seconds = (performance.now() - began) / 1000;
  console.log(`| ${what} | ${clicks} | ${seconds.toFixed(1)} |`);
  all.clicks += clicks;
  all.seconds += seconds;
  [clicks, began] = [0, performance.now()];
}

/** The link of the newest mail, as soon as it has come. */
async function mailedLink() {
  for (;;) {
    const { messages } = await (await page.request.get(mailbox)).json();
    const mails = Object.values(messages).flat().filter(({ To }) => To.includes(account.email));
    const link = /\/#\/verify\/[\w-]+/.exec(mails.at(-1)?.BodyText ?? '')?.[0];
    if (link !== undefined) return link;
    await page.waitForTimeout(100);
  }
}

/** The names of the pictures in what a click downloads. */
async function downloadedBy(locator) {
  const coming = page.waitForEvent('download', WAIT);
  await click(locator);
  const names = execFileSync('unzip', ['-Z1', await (await coming).path()], { encoding: 'utf8' });
  return names.split('\n').filter((name) => /\.(png|jpg|webp)$/.test(name));
}

/** Pick frames in the grid, spread over those that can be seen without scrolling. */
async function pick() {
  await page.locator('[data-position="0"] .frame[style*="background-image"]').waitFor(WAIT);
  const bottom = page.viewportSize().height - BAR;
  const cells = await page.getByRole('gridcell').all();
  const boxes = await Promise.all(cells.map((cell) => cell.boundingBox()));
  const seen = cells.filter((_, index) => boxes[index].y + boxes[index].height < bottom);
  const apart = Math.floor(seen.length / PICKED);
  for (let n = 0; n < PICKED; n++) await click(seen[n * apart]);
  await page.getByText(`${PICKED} picked`).waitFor();
}

/** Hold the network to what many homes send. */
async function slowDown() {
  const tools = await context.newCDPSession(page);
  await tools.send('Network.enable');
  const speed = { latency: 20, downloadThroughput: -1, uploadThroughput: (UPLOAD * 1e6) / 8 };
  await tools.send('Network.emulateNetworkConditions', { offline: false, ...speed });
  return tools;
}

/** Drop the file onto the page, as from the computer's own window. */
async function drop(tools, path) {
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop']) {
    await tools.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
  }
}

const what = clip ? `${statSync(clip).size / 1e6} MB` : 'the sample';
console.log(`${what}, sent at ${UPLOAD} Mbit/s\n`);
console.log('| step | clicks | seconds |\n|---|---|---|');
await page.goto('/');
await page.getByRole('link', { name: 'Create an account' }).waitFor();
seen('opens the page');
await click(page.getByRole('link', { name: 'Create an account' }));
await page.getByLabel('E-mail address').fill(account.email);
await page.getByLabel('New password', { exact: true }).fill(account.password);
await click(button('Create the account'));
await page.getByText('No videos yet').waitFor();
seen('registers; is at the library');
clicks += 1; // the link in the mail
await page.goto(await mailedLink());
await page.getByText('Your address is confirmed').waitFor();
await click(page.getByRole('link', { name: 'To your videos' }));
await button('Choose files').waitFor();
seen('the mail comes; its link confirms the address');
const tools = await slowDown();
if (clip) await drop(tools, clip);
else await click(button('Try it with a sample'));
await page.getByRole('img', { name: /^Preview at/ }).first().waitFor();
seen(`${clip ? 'drops the clip' : 'takes the sample'}; sees the first frame that will come`);
const sent = await page.locator('dialog .hint.figures').last().textContent();
await click(button(/^Extract/));
await page.locator('.row').getByRole('progressbar').first().waitFor();
seen(`accepts the frames that are proposed; meanwhile: ${sent}`);
await button('ZIP').waitFor(WAIT);
seen('the upload ends; frames are extracted; the ZIP is there');
const frames = await downloadedBy(button('ZIP'));
seen(`has the ZIP of all ${frames.length} frames`);
await click(page.locator('.row-name a'));
await pick();
seen(`opens the video; picks ${PICKED} frames`);
const picked = await downloadedBy(button('Download ZIP'));
if (picked.length !== PICKED) throw new Error(`${picked.length} frames instead of ${PICKED}`);
seen(`has the ZIP of those ${PICKED}`);
console.log(`| in all | ${all.clicks} | ${all.seconds.toFixed(1)} |`);
await context.close();
rmSync(profile, { recursive: true });
