/** What is read aloud: progress now and then, ends and failures at once. */
import type { Page, Route } from '@playwright/test';
import { clip, largeClip } from './clips';
import { add, expect, expectAccessible, extract, test } from './fixtures';

const BYTES = 80_000_000;
/** Sixteen parts take longer than the ten seconds after which progress is said. */
const PART_MS = 1000;
const SAID_EVERY_MS = 10_000;

interface Spoken {
  /** What live regions have said. */
  said: string[];
  /** What the row of the file has shown. */
  shown: string[];
}

test('progress is said now and then, the end at once', async ({ library: page, context }) => {
  await listen(page);
  await context.route(/partNumber=/, oneAfterTheOther(PART_MS));
  const began = Date.now();
  await add(page, largeClip('spoken.mp4', BYTES));
  await extract(page);
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible({ timeout: 90_000 });
  await expect.poll(() => said(page, /spoken\.mp4: .*6 frames/)).toHaveLength(1);
  expect(await said(page, /Everything has arrived/)).toHaveLength(1);
  const progress = await said(page, / of 80/);
  expect(progress.length).toBeGreaterThan(0);
  expect(progress.length).toBeLessThanOrEqual(1 + (Date.now() - began) / SAID_EVERY_MS);
  const { shown } = await heard(page);
  const seen = new Set(shown.filter((each) => / of 80/.test(each)));
  expect(seen.size).toBeGreaterThan(progress.length);
  await expectAccessible(page);
});

test('what goes wrong is said at once, above a dialog that is open', async ({ library: page }) => {
  await page.route('**/video/uploads', (route) => route.abort());
  await add(page, clip('small.mp4'));
  const log = page.getByRole('dialog').getByRole('log');
  await expect(log).toContainText('small.mp4: Fotograma does not answer right now.');
});

/** Let the parts through one at a time, so long after each other. */
function oneAfterTheOther(milliseconds: number): (route: Route) => Promise<void> {
  let last = Promise.resolve();
  return async (route) => {
    last = last.then(() => new Promise((resolve) => setTimeout(resolve, milliseconds)));
    await last;
    await route.continue().catch(() => {});
  };
}

/** Keep what is said and shown from now on. */
async function listen(page: Page): Promise<void> {
  await page.evaluate(() => {
    const kept: Spoken = { said: [], shown: [] };
    const keep = (node: Node) => {
      const element = node instanceof Element ? node : node.parentElement;
      const words = element?.textContent ?? '';
      if (element?.closest('[role=log], [role=status], [role=alert]')) kept.said.push(words);
      else if (element?.matches('.row-line')) kept.shown.push(words);
    };
    new MutationObserver((changes) => {
      for (const { target, type, addedNodes } of changes) {
        for (const each of type === 'characterData' ? [target] : addedNodes) keep(each);
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
    Object.assign(window, { kept });
  });
}

function heard(page: Page): Promise<Spoken> {
  return page.evaluate(() => (window as unknown as { kept: Spoken }).kept);
}

/** What was said that has these words in it. */
async function said(page: Page, words: RegExp): Promise<string[]> {
  return (await heard(page)).said.filter((each) => words.test(each));
}
