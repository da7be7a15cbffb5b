/** Ten thousand videos, named with whatever a file may be called: names are text, and nothing else. */
import { readFileSync } from 'node:fs';
import type { Page, Route } from '@playwright/test';
import { clip } from './clips';
import { bearer, expect, test } from './fixtures';
import { fulfil, told } from './told';

const VIDEOS = 10_000;
const FILES = 10_000;
const PAGE = 100;
/** Files that are looked into at once, and files that are sent at once. */
const [WORKERS, SENDERS] = [3, 4];
/** What is between the brackets would be seen, run, or change what is around it, if it were markup. */
const KINDS: readonly ((n: number) => string)[] = [
  (n) => `<img src=x onerror="ran=${n}">.mp4`,
  (n) => `<script>ran=${n}</script>.mov`,
  (n) => `"><svg/onload=ran=${n}> ' & &lt;b&gt;.mkv`,
  (n) => `</a></li><h1>${n}</h1><!--.mp4`,
  (n) => `javascript:ran=${n}//.webm`,
  (n) => `{{${n}}} \${${n}} %3Cb%3E \\u003cb\\u003e.mp4`,
  (n) => `פילם קצר ${n} 🎬.mp4`,
  (n) => `فيلم ${n}.mov`,
  (n) => `\u202egpj.${n}.mp4`,
  (n) => `\u2067${n}\u2066 <b>.mp4`,
  (n) => `👩‍👩‍👧‍👦🏳️‍🌈${n}.mp4`,
  (n) => `e\u0301\u0323${'\u0300'.repeat(20)}${n}.mp4`,
  (n) => `${'w'.repeat(200)}${n}.mp4`,
];

test('ten thousand names with markup, emoji and other directions are text', async ({
  library: page,
}) => {
  test.setTimeout(480_000);
  const names = Array.from({ length: VIDEOS }, (_, n) => KINDS[n % KINDS.length]?.(n) ?? '');
  await tellPages(page, names);
  await page.reload();
  const links = page.locator('.row-name a');
  await expect(links).toHaveCount(PAGE);
  await page.evaluate(showAll, 'Show older videos');
  expect(await links.allTextContents()).toEqual(names);
  expect(await strangers(page)).toEqual([]);

  await page.getByRole('searchbox').fill('<img src=x onerror="ran=13">');
  await expect(links).toHaveText([names[13] as string]);
  await page.getByRole('button', { name: `More for ${names[13]}` }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('dialog').getByText(names[13] as string)).toBeVisible();
  expect(await strangers(page)).toEqual([]);
  await page.keyboard.press('Escape');

  // A name that is read from right to left leaves the words around it as they are.
  const turning = names[8] as string;
  await page.getByRole('searchbox').fill(turning);
  await page.getByRole('button', { name: `More for \u2068${turning}\u2069` }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  const whole = page.getByText(`\u2068${turning}\u2069 and all its frames`);
  await expect(page.getByRole('dialog').locator(whole)).toBeVisible();
});

test('ten thousand files that are dropped at once wait their turn, and are named as text', async ({
  library: page,
}) => {
  test.setTimeout(480_000);
  await page.evaluate(watchWorkers);
  const begun: string[] = [];
  await page.route('**/video/uploads', async (route) => {
    // Never answered: whoever is sent now keeps the others waiting.
    if (route.request().method() !== 'POST') await route.fallback();
    else begun.push(route.request().postDataJSON().name);
  });
  const clipped = readFileSync(clip('small.mp4')).toString('base64');
  const names = Array.from({ length: FILES }, (_, n) => KINDS[n % KINDS.length]?.(n) ?? '');
  await page.evaluate(dropFiles, { names, clipped });
  const title = page.getByRole('dialog').getByRole('heading', { level: 2 });
  await expect(title).toHaveText(names[0] as string, { timeout: 60_000 });
  await expect(page.getByRole('button', { name: 'Extract 6 frames' })).toBeVisible();
  for (const name of names.slice(1, 4)) {
    await page.getByRole('button', { name: 'Extract 6 frames' }).click();
    await expect(title).toHaveText(name);
    await expect(page.getByRole('button', { name: 'Extract 6 frames' })).toBeVisible();
  }
  expect(await workersOf(page)).toEqual({ now: WORKERS, most: WORKERS });
  await page.getByRole('button', { name: 'Later' }).click();
  await expect.poll(async () => (await workersOf(page)).now).toBe(0);

  const rows = page.locator('.row-name');
  await expect(rows).toHaveText(names.slice(0, PAGE));
  await page.getByRole('button', { name: 'Show more files on their way (9,900)' }).click();
  await expect(rows).toHaveText(names.slice(0, 2 * PAGE));
  expect(await strangers(page)).toEqual([]);
  await expect(page.getByText('Waits for its turn.')).toHaveCount(2 * PAGE - SENDERS);
  expect(begun).toEqual(names.slice(0, SENDERS));
});

interface Workers {
  now: number;
  most: number;
}

/** In the page: count the workers that it has from now on, and has had at once. */
function watchWorkers(): void {
  const workers: Workers = { now: 0, most: 0 };
  Object.assign(window, { workers });
  window.Worker = class extends Worker {
    constructor(address: string | URL, options?: WorkerOptions) {
      super(address, options);
      workers.now += 1;
      workers.most = Math.max(workers.most, workers.now);
    }
    override terminate(): void {
      super.terminate();
      workers.now -= 1;
    }
  };
}

function workersOf(page: Page): Promise<Workers> {
  return page.evaluate(() => (window as unknown as { workers: Workers }).workers);
}

/** In the page: drop files of these names, each with the same video in it. */
async function dropFiles({ names, clipped }: { names: string[]; clipped: string }): Promise<void> {
  const bytes = Uint8Array.from(atob(clipped), (character) => character.charCodeAt(0));
  const video = new Blob([bytes]);
  const dataTransfer = new DataTransfer();
  for (const name of names) dataTransfer.items.add(new File([video], name));
  dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
}

/** In the page: press the button as long as there is one, each time when what it asked for is there. */
async function showAll(words: string): Promise<void> {
  const rest = () =>
    [...document.querySelectorAll('button')].find((each) => each.textContent === words);
  for (let button = rest(); button !== undefined; button = rest()) {
    const rows = document.querySelectorAll('.row').length;
    button.click();
    while (document.querySelectorAll('.row').length === rows) {
      await new Promise(requestAnimationFrame);
    }
  }
}

/** Have the API tell of so many videos, a page at a time. */
async function tellPages(page: Page, names: readonly string[]): Promise<void> {
  const videos = names.map((name, n) => told({ id: idOf(n, 2) }, { id: idOf(n, 1), name }));
  await page.route('**/video/events', (route) => route.fulfill({ status: 204 }));
  await page.route(/\/video\?/, (route: Route) => {
    const asked = new URL(route.request().url()).searchParams;
    const words = asked.get('q');
    if (words !== null) {
      const found = videos.filter((_, n) => names[n]?.includes(words));
      return fulfil(route, { items: found.slice(0, PAGE), next: null });
    }
    const first = Number(asked.get('cursor') ?? 0);
    const next = first + PAGE < videos.length ? `${first + PAGE}` : null;
    return fulfil(route, { items: videos.slice(first, first + PAGE), next });
  });
}

function idOf(n: number, kind: number): string {
  return `00000000-0000-4000-8000-${kind}${n.toString().padStart(11, '0')}`;
}

/** Elements that only a name could have made, and what ran if one did. */
function strangers(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const made = document.querySelectorAll(
      '[onerror], [onload], #content img[src="x"], #content script, .row b, .row h1, dialog b',
    );
    const ran = 'ran' in window ? ['a script of a name'] : [];
    return [...ran, ...[...made].map((each) => each.outerHTML)];
  });
}

test('names that were given by the API itself are text, too', async ({
  library: page,
  account,
}) => {
  const names = ['<img src=x onerror=alert(1)>.mp4', 'פילם 🎬 קצר.mp4', '"&lt;b&gt;.mp4'];
  const headers = await bearer(page, account);
  for (const name of names) {
    const file = {
      name: 'clip.mp4',
      mimeType: 'video/mp4',
      buffer: readFileSync(clip('small.mp4')),
    };
    const answer = await page.request.post('/video', { headers, multipart: { file } });
    const { id } = await answer.json();
    await page.request.patch(`/video/${id}`, { headers, data: { name } });
  }
  await page.reload();
  for (const name of names) {
    await expect(page.getByRole('link', { name, exact: true })).toBeVisible();
  }
  await expect(page.locator('#content img[src="x"]')).toHaveCount(0);
});
