// Ten thousand frames: scrolled, jumped through, picked and taken.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { click, clip, downloaded, element, give, loggedIn, until, waitFor } from './fox.mjs';

const FRAMES = 10_020;
const EXTRACTING_MS = 400_000;
const TAKING_MS = 120_000;
/** docs/benchmarks.md */
const MOST_ELEMENTS = 400;

test('10,020 frames are scrolled, jumped through, picked, inverted and downloaded', async () => {
  const { page, troubles } = await loggedIn();
  const source = `testsrc2=s=160x90:r=30:d=${FRAMES / 30}`;
  await give(page, 'files', clip('many.mp4', source, ['-preset', 'ultrafast']));
  await element(page, 'dialog button', 'Extract 334 frames');
  await click(page, 'dialog button', 'Every second, JPEG');
  await element(page, '.chip[aria-pressed=true]', 'Every second, JPEG');
  await click(page, 'dialog label', 'Every frame');
  await click(page, 'dialog button', 'Extract 10,020 frames');
  const isDone = () => document.querySelector('.row-actions')?.textContent.includes('ZIP') ?? false;
  await waitFor('the ZIP', () => page.evaluate(isDone), EXTRACTING_MS);
  await click(page, '.row-name a', 'many.mp4');
  await untilSeen(page, 0);

  await page.evaluate(scroll, 300, 60);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await untilSeen(page, FRAMES - 1);
  const elements = () => document.querySelector('.frame-grid').querySelectorAll('*').length;
  assert.ok((await page.evaluate(elements)) <= MOST_ELEMENTS);

  await (await element(page, '.go-to input')).type('2:46.5\n');
  await untilSeen(page, 4995);
  await page.click('[data-position="4995"]');
  await page.keyboard.down('Control');
  await page.keyboard.press('a');
  await page.keyboard.up('Control');
  await element(page, '.pick-bar', '10,020 picked');
  await choose(page, 'None');
  await choose(page, 'Every n-th frame…');
  const every = await element(page, 'dialog input');
  await every.click({ count: 3 });
  await every.type('2');
  await click(page, 'dialog button', 'Pick 5,010 frames');
  await choose(page, 'The others');
  await element(page, '.pick-bar', '5,010 picked');

  await click(page, '.pick-bar button', 'Download ZIP');
  const zip = await downloaded('.zip', TAKING_MS);
  const names = execFileSync('unzip', ['-Z1', zip], { encoding: 'utf8', maxBuffer: 10_000_000 });
  const [first, ...others] = names.trim().split('\n');
  assert.equal(first, '00-00-00.033333.jpg');
  assert.equal(others.length, 5009);
  assert.deepEqual(troubles, []);
  await page.close();
});

/** Wait for a thumbnail within the window. */
async function untilSeen(page, position) {
  await until(
    page,
    `frame ${position}`,
    (position) => {
      const frame = document.querySelector(`[data-position="${position}"] .frame`);
      const { top = -1 } = frame?.getBoundingClientRect() ?? {};
      return top >= 0 && top < innerHeight && frame.style.backgroundImage !== '';
    },
    position,
  );
}

async function choose(page, way) {
  await click(page, '.frame-tools .menu > button', 'Select');
  await click(page, '.menu-list button', way);
}

/** In the page: scroll so many pixels in each of so many frames of the browser. */
async function scroll(pixels, times) {
  for (let time = 0; time < times; time++) {
    scrollBy(0, pixels);
    await new Promise(requestAnimationFrame);
  }
}
