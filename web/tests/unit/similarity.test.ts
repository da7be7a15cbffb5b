/** Which frames look alike, and which of them is the sharpest. */
import { expect, test } from 'vitest';
import { duplicatesOf, groupsOf } from '../../app/similarity/groups';
import { CELLS, coarse, type Grey, greyOf, sharpness } from '../../app/similarity/look';

function picture(paint: (x: number, y: number) => number, width = 64, height = 36): Grey {
  const pixels = Uint8Array.from({ length: width * height }, (_, at) =>
    paint(at % width, Math.floor(at / width)),
  );
  return { width, height, pixels };
}

/** A checkerboard; the more blurred, the softer its edges. */
function board(blur: number): Grey {
  const wave = (at: number) => Math.max(-1, Math.min(1, (Math.sin(at) * 4) / blur));
  return picture((x, y) => 128 + 100 * wave(x) * wave(y), 320, 180);
}

function looks(...pictures: Grey[]) {
  const all = new Uint8Array(pictures.length * CELLS);
  for (const [index, each] of pictures.entries()) all.set(coarse(each), index * CELLS);
  return { coarse: all, sharpness: Float32Array.from(pictures, sharpness) };
}

const GRADIENT = picture((x) => x * 4);
const DARK = picture(() => 16);

test('a coarse picture has the mean of each cell', () => {
  const cells = coarse(GRADIENT);
  expect(cells).toHaveLength(CELLS);
  expect([cells[0], cells[15], cells[CELLS - 1]]).toEqual([6, 246, 246]);
});

test('grey is what the eye makes of colours', () => {
  const data = new Uint8ClampedArray([255, 255, 255, 255, 0, 255, 0, 255, 0, 0, 255, 255]);
  const { pixels } = greyOf({ width: 3, height: 1, data } as ImageData);
  expect([...pixels]).toEqual([255, 182, 18]);
});

test('what is sharper counts as sharper', () => {
  const [sharp, soft, softer] = [1, 4, 8].map((blur) => sharpness(board(blur)));
  expect(sharp).toBeGreaterThan(soft as number);
  expect(soft).toBeGreaterThan(softer as number);
  expect(sharpness(DARK)).toBe(0);
  expect(sharpness({ width: 1, height: 1, pixels: new Uint8Array(1) })).toBe(0);
});

test('of frames that look alike and follow one another the sharpest stands for all', () => {
  const found = duplicatesOf(
    looks(DARK, board(4), board(3), board(4), GRADIENT, DARK, DARK, board(4)),
  );
  expect(found).toEqual({
    sharpest: [
      [2, 3],
      [5, 6],
    ],
    others: [
      [1, 2],
      [3, 4],
      [6, 7],
    ],
  });
});

test('a slow movement is no row of duplicates', () => {
  const steps = Array.from({ length: 40 }, (_, step) => picture((x) => (x + 3 * step) % 256));
  const groups = groupsOf(looks(...steps));
  const longest = Math.max(0, ...groups.map(([start, end]) => end - start));
  expect(longest).toBeLessThan(4);
});

test('something small that moves is seen', () => {
  const dot = (left: number) => picture((x, y) => (x >= left && x < left + 4 && y < 4 ? 255 : 90));
  expect(groupsOf(looks(dot(0), dot(20), dot(40)))).toEqual([]);
});

test('nothing and one frame have no group', () => {
  expect(groupsOf(looks())).toEqual([]);
  expect(groupsOf(looks(DARK))).toEqual([]);
});
