/** The player's frames are the file's, and their times are exact. */
import { expect, test } from 'vitest';
import { readSeconds, withTime } from '../../app/compose/times';
import { Playhead } from '../../app/player/playhead';

const NTSC = { ticks: Float64Array.from([0, 1001, 2002, 3003]), tick: '1/30000', start: 0 };
const VARYING = { ticks: Float64Array.from([0, 7, 90, 91, 1000]), tick: '1/1000', start: 0 };

test('the frame that is shown is the last that is not later', () => {
  const playhead = new Playhead(VARYING);
  expect(
    [0, 0.0069, 0.007, 0.0899, 0.09, 0.0905, 0.091, 5].map((at) => playhead.shownAt(at)),
  ).toEqual([0, 0, 1, 1, 2, 2, 3, 4]);
  expect(playhead.shownAt(-1)).toBe(0);
});

test('a time within a frame shows that frame, whichever it is', () => {
  for (const times of [NTSC, VARYING]) {
    const playhead = new Playhead(times);
    for (let frame = 0; frame < playhead.frames; frame++) {
      expect(playhead.shownAt(playhead.within(frame))).toBe(frame);
      // A browser's clock has microseconds.
      expect(playhead.shownAt(Math.round(playhead.at(frame) * 1e6) / 1e6)).toBe(frame);
    }
  }
});

test('a second on and back, and no further than the ends', () => {
  const playhead = new Playhead(VARYING);
  expect(playhead.after(0, 1)).toBe(4);
  expect(playhead.after(4, -1)).toBe(0);
  expect([playhead.nearest(-1), playhead.nearest(9)]).toEqual([0, 4]);
});

test('times are written exactly', () => {
  expect([0, 1, 2].map((frame) => new Playhead(NTSC).exactTime(frame))).toEqual([
    '0',
    '1001/30000',
    '1001/15000',
  ]);
  const written = [1, 2, 4].map((frame) => new Playhead(VARYING).exactTime(frame));
  expect(written).toEqual(['0.007', '0.09', '1']);
  expect(String(readSeconds(written[0] as string))).toBe('7/1000');
});

test('a time is added once', () => {
  expect(withTime('', '1/3')).toBe('1/3');
  expect(withTime('1:00 ', '1/3')).toBe('1:00\n1/3');
  expect(withTime('0.5', '1/2')).toBeNull();
});
