/** Where cells lie, which are shown, and what the strip tells of them. */
import { expect, test } from 'vitest';
import { layoutOf, placeBy, placesIn, rowsBetween } from '../../app/frames/layout';
import { rangesOf } from '../../app/frames/ranges';
import { Slots } from '../../app/frames/slots';
import { pathOf, timesIn } from '../../app/frames/strip-marks';
import { View } from '../../app/frames/view';

const LAYOUT = layoutOf(1080, 16 / 9, 2, 103);
const key = (key: string, ctrlKey = false) => ({ key, ctrlKey, metaKey: false });

test('cells fill the width', () => {
  const { columns, width, gap, rows } = LAYOUT;
  expect([columns, rows]).toEqual([5, 21]);
  expect(columns * width + (columns - 1) * gap).toBeCloseTo(1080);
  expect(layoutOf(358, 16 / 9, 0, 10).columns).toBe(3);
  expect(layoutOf(280, 16 / 9, 4, 10).columns).toBe(1);
});

test('rows near the window are there, and no others', () => {
  const { rowHeight } = LAYOUT;
  expect(rowsBetween(LAYOUT, 4 * rowHeight + 1, 6 * rowHeight, 2)).toEqual([2, 3, 4, 5, 6, 7, 8]);
  expect(rowsBetween(LAYOUT, -500, -100, 0)).toEqual([]);
  expect(rowsBetween(LAYOUT, 19 * rowHeight, 99 * rowHeight, 1)).toEqual([18, 19, 20]);
});

test('what is drawn around cells touches them', () => {
  const { width, gap, rowHeight } = LAYOUT;
  const across = width + gap;
  const box = { left: across + 5, top: 5, right: 2 * across + 5, bottom: rowHeight + 5 };
  expect(placesIn(LAYOUT, 103, box)).toEqual([1, 2, 6, 7]);
  const between = { left: width + 2, top: 0, right: width + 4, bottom: 5 };
  expect(placesIn(LAYOUT, 103, between)).toEqual([]);
  const last = { left: 0, top: 20 * rowHeight, right: 1080, bottom: 21 * rowHeight };
  expect(placesIn(LAYOUT, 103, last)).toEqual([100, 101, 102]);
});

test.each([
  [key('ArrowRight'), 4, 5],
  [key('ArrowLeft'), 0, 0],
  [key('ArrowUp'), 3, 3],
  [key('ArrowDown'), 100, 100],
  [key('ArrowDown'), 95, 100],
  [key('Home'), 13, 10],
  [key('End'), 13, 14],
  [key('End', true), 13, 102],
  [key('Home', true), 13, 0],
  [key('PageDown'), 13, 33],
  [key('PageUp'), 13, 0],
  [key('x'), 13, null],
] as const)('%o leads from %i to %s', (press, from, to) => {
  expect(placeBy(press, from, 5, 103)).toBe(to);
});

test('a row that comes has the elements of one that goes', () => {
  const slots = new Slots();
  expect([...slots.assign([0, 1, 2]).values()]).toEqual([0, 1, 2]);
  expect([...slots.assign([1, 2, 3])]).toEqual([
    [1, 1],
    [2, 2],
    [3, 0],
  ]);
  expect(new Set(slots.assign([10, 11, 12, 13]).values())).toEqual(new Set([0, 1, 2, 3]));
});

test('of what is hidden the next place is shown', () => {
  const view = View.of(rangesOf([2, 3, 4, 9]));
  expect(view.count).toBe(4);
  expect([0, 3, 4].map((place) => view.at(place))).toEqual([2, 9, -1]);
  expect([0, 3, 5, 9, 20].map((position) => view.placeOf(position))).toEqual([0, 1, 3, 3, 3]);
  expect(view.between(3, 1)).toEqual([3, 4, 9]);
  const all = View.all(5);
  expect([all.at(4), all.placeOf(9), all.between(1, 2)]).toEqual([4, 4, [1, 2]]);
});

test('thousands of marks are as few as can be told apart', () => {
  const scale = { duration: 100, seconds: (position: number) => position / 100 };
  const everyOther = rangesOf(Array.from({ length: 5000 }, (_, index) => 2 * index));
  const path = pathOf(everyOther, scale, 10);
  expect(path.match(/M/g)).toHaveLength(1);
  expect(path).toBe('M0 0H1000V10H0Z');
  expect(pathOf([[5000, 5001]], scale, 10)).toBe('M500 0H501.5V10H500Z');
});

test('times that a warning names are found, as far as the video has them', () => {
  const detail = 'It says that it lasts 00:10:00.000, but its video ends at 00:00:05.500.';
  expect(timesIn(detail, 5.5)).toEqual([5.5]);
  expect(timesIn('3 of 7 times have no frame.', 5.5)).toEqual([]);
});
