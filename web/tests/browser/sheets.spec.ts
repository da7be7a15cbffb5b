/** Contact and evidence sheets, as poppler and Pillow open them. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { clip, inOtherFolder } from './clips';
import { add, bearer, expect, extract, test } from './fixtures';

const DONE = { timeout: 90_000 };
const PYTHON = join(import.meta.dirname, '../../../.venv/bin/python');
const NAME = 'été 日本.mp4';
/** In which the frames of the clip lie between black and white, by their number. */
const GREYS = "color=c=black:s=320x180:r=1:d=6,format=gray,geq=lum='40+30*N'";

/** Have six frames extracted, each in its grey, and the last five picked. */
async function pickFive(page: Page): Promise<void> {
  const path = clip('greys.mp4', ['-c:v', 'libx264', '-g', '1', '-crf', '5'], GREYS);
  await add(page, inOtherFolder(NAME, path));
  await extract(page);
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible(DONE);
  await page.getByRole('link', { name: NAME }).click();
  await page.locator('[data-position="1"]').click();
  await page.locator('[data-position="5"]').click({ modifiers: ['Shift'] });
  await page.getByRole('button', { name: 'Contact sheet' }).click();
}

async function make(page: Page): Promise<string> {
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Make it' }).click();
  return (await coming).path();
}

/** What Python makes of a picture: its format and size, and the greys at places of it. */
function look(path: string, places: readonly (readonly [number, number])[]) {
  const script = `
import json, sys
from PIL import Image
with Image.open(sys.argv[1]) as picture:
    picture.load()
    grey = picture.convert("L")
    greys = [grey.getpixel(tuple(place)) for place in json.loads(sys.argv[2])]
    print(json.dumps([picture.format, *picture.size, *greys]))`;
  const told = execFileSync(PYTHON, ['-c', script, path, JSON.stringify(places)]);
  const [format, width, height, ...greys] = JSON.parse(String(told));
  return { format, width, height, greys } as { greys: number[] } & Record<string, unknown>;
}

/** Greys as the frames 1 to 5 have them. */
function expectGreys(greys: readonly number[]): void {
  for (const [index, grey] of greys.entries()) {
    const wanted = 40 + 30 * (index + 1);
    expect(Math.abs(grey - wanted)).toBeLessThan(5);
  }
}

test('a contact sheet as a JPEG', async ({ library: page }) => {
  await pickFive(page);
  await page.getByLabel('Format').selectOption('jpg');
  await page.getByLabel('Columns').fill('13');
  await expect(page.getByText('From 1 to 12.')).toBeVisible();
  await page.getByLabel('Columns').fill('3');
  const cell = (2000 - 2 * 40 - 2 * 20) / 3;
  const row = cell * (9 / 16) + 2 * 28 + 3 + 20;
  const places = [0, 1, 2, 3, 4].map(
    (place) =>
      [
        Math.round(40 + (place % 3) * (cell + 20) + cell / 2),
        Math.round(40 + Math.floor(place / 3) * row + cell / 4),
      ] as const,
  );
  const { format, width, height, greys } = look(await make(page), places);
  expect([format, width]).toEqual(['JPEG', 2000]);
  expect(height).toBe(Math.ceil(80 + 2 * row - 20));
  expectGreys(greys);
});

test('an evidence sheet as a PDF', async ({ library: page, account }) => {
  await pickFive(page);
  await page.getByLabel('Evidence sheet').check();
  await expect(page.getByLabel('SHA-256 under each')).toBeChecked();
  const path = await make(page);
  const text = execFileSync('pdftotext', ['-raw', path, '-'], { encoding: 'utf8' });
  const headers = await bearer(page, account);
  const [video] = (await (await page.request.get('/video?limit=1', { headers })).json()).items;
  const [extraction] = video.extractions;
  const { items } = await (
    await page.request.get(`/video/${video.id}/extractions/${extraction.id}/frames`, { headers })
  ).json();
  const words = text.replaceAll(/\s+/g, ' ');
  expect(words).toContain('Evidence sheet');
  expect(words).toContain(NAME);
  expect(words).toContain(video.size_bytes.toLocaleString('en'));
  expect(words).toContain('every 1 s · PNG');
  expect(words).toMatch(/Engine .*fotograma \d+\.\d+.*libavcodec \d+/);
  expect(words).toContain('5 of 6');
  const letters = text.replaceAll(/\s+/g, '');
  for (const { name, sha256, position } of items) {
    const isChosen = position > 0;
    expect(letters.includes(sha256)).toBe(isChosen);
    expect(letters.includes(name)).toBe(isChosen);
    expect(words.includes(`0:00:0${position}.000000`)).toBe(isChosen);
  }
  const drawn = path.concat('-page');
  execFileSync('pdftoppm', ['-r', '72', '-png', path, drawn]);
  const cell = (595.28 - 2 * 36 - 3 * 10) / 4;
  const places = [0, 1, 2, 3].map(
    (place) =>
      [Math.round(36 + place * (cell + 10) + cell / 2), Math.round(36 + cell / 4)] as const,
  );
  expectGreys(look(`${drawn}-2.png`, places).greys);
  expect(execFileSync('pdfinfo', [path], { encoding: 'utf8' })).toMatch(/Pages: +2\n/);
});

test('a name in a script that PDF fonts lack is seen, and found', async ({ library: page }) => {
  await pickFive(page);
  await page.getByLabel('Evidence sheet').check();
  const path = await make(page);
  expect(execFileSync('pdfinfo', [path], { encoding: 'utf8' })).toContain(
    `Title:           ${NAME}`,
  );
  const drawn = path.concat('-cover');
  execFileSync('pdftoppm', ['-r', '72', '-f', '1', '-l', '1', '-png', path, drawn]);
  const line = Array.from({ length: 60 }, (_, index) => [36 + index * 2, 78] as const);
  expect(Math.min(...look(`${drawn}-1.png`, line).greys)).toBeLessThan(128);
});
