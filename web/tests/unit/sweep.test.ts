/** What a finger means by moving over a frame. */
import { expect, test } from 'vitest';
import { sweepOf } from '../../app/loupe/sweep';

test.each([
  [-120, 10, 'next'],
  [120, -10, 'before'],
  [5, 120, 'close'],
  [5, -120, null],
  [-20, 0, null],
  [-60, 60, null],
])('%i to the right, %i down: %s', (x, y, meaning) => {
  expect(sweepOf(x, y, 200)).toBe(meaning);
});

test('who takes long has thought better of it', () => {
  expect(sweepOf(-120, 0, 2000)).toBeNull();
});
