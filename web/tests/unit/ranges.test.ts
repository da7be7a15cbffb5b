/** Sets of positions as ranges do what sets do. */
import { expect, test } from 'vitest';
import {
  common,
  has,
  inverted,
  NONE,
  positionsOf,
  rangesOf,
  read,
  sizeOf,
  stepped,
  union,
  whole,
  without,
  written,
} from '../../app/frames/ranges';

const COUNT = 40;
/** Numbers that look random, and are the same in each run. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield state;
  }
}

function someSet(seed: number): Set<number> {
  const random = numbers(seed);
  const share = ((random.next().value as number) % 9) + 1;
  const all = Array.from({ length: COUNT }, (_, position) => position);
  return new Set(all.filter(() => (random.next().value as number) % 10 < share));
}

const sorted = (set: Iterable<number>) => [...set].sort((a, b) => a - b);

test.each(Array.from({ length: 60 }, (_, seed) => seed))('sets of seed %i', (seed) => {
  const [a, b] = [someSet(seed), someSet(seed + 1000)];
  const [ra, rb] = [rangesOf(a), rangesOf([...b].reverse())];
  expect(positionsOf(ra)).toEqual(sorted(a));
  expect(sizeOf(ra)).toBe(a.size);
  expect(positionsOf(union(ra, rb))).toEqual(sorted(new Set([...a, ...b])));
  expect(positionsOf(common(ra, rb))).toEqual(sorted(a).filter((each) => b.has(each)));
  expect(positionsOf(without(ra, rb))).toEqual(sorted(a).filter((each) => !b.has(each)));
  const all = new Set(positionsOf(whole(COUNT)));
  expect(positionsOf(inverted(ra, COUNT))).toEqual(sorted(all).filter((each) => !a.has(each)));
  for (const position of all) expect(has(ra, position)).toBe(a.has(position));
  expect(read(written(ra))).toEqual(a.size === 0 ? null : ra);
  const parts = stepped(ra).flatMap(({ start, end, step }) =>
    positionsOf([[start, end]]).filter((position) => (position - start) % step === 0),
  );
  expect(parts).toEqual(sorted(a));
});

test('ranges are in order and do not touch', () => {
  expect(rangesOf([5, 1, 2, 2, 9, 3])).toEqual([
    [1, 4],
    [5, 6],
    [9, 10],
  ]);
  expect(whole(0)).toBe(NONE);
});

test('every other frame is one part, however many', () => {
  const everyOther = rangesOf(Array.from({ length: 5010 }, (_, index) => 2 * index));
  expect(stepped(everyOther)).toEqual([{ start: 0, end: 10_019, step: 2 }]);
  expect(written(everyOther)).toBe('1-10019/2');
  expect(stepped(inverted(everyOther, 10_020))).toHaveLength(1);
});

test('any frames of 20,000 are a request that the API takes', () => {
  const random = numbers(7);
  const some = Array.from({ length: 20_000 }, (_, position) => position).filter(
    () => (random.next().value as number) % 2 === 0,
  );
  const body = JSON.stringify({ positions: stepped(rangesOf(some)) });
  expect(body.length).toBeLessThan(256 * 1024);
});

test.each(['', 'x', '0', '3-1', '1-9/0', '1,,2', '1-2000000'])('%s is no ranges', (text) => {
  expect(read(text)).toBeNull();
});
