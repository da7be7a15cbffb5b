/** Times as editing programs count them; what the programs make of the lists is tested with them. */
import { expect, test } from 'vitest';
import { readTimes } from '../../app/compose/times';
import type { Frame } from '../../app/frames/frame-list';
import { csvTimes, edl, exactTime, plainTimes, premiereMarkers } from '../../app/times/lists';
import { frameAt, rateOf, timecode } from '../../app/times/timecode';

const frame = (position: number, timeUs: number): Frame => ({
  ...{ position, timeUs, name: `${position}.png`, bytes: 10, sha256: 'ab', url: '', tile: null },
});
const FRAMES = [frame(0, 0), frame(3, 2_500_000), frame(7, 3_723_040_000)];

test.each([
  [25, { base: 25, isNtsc: false }],
  [30_000 / 1001, { base: 30, isNtsc: true }],
  [23.976, { base: 24, isNtsc: true }],
  [24, { base: 24, isNtsc: false }],
  [59.94, { base: 60, isNtsc: true }],
  [14.7, { base: 15, isNtsc: false }],
  [0.2, { base: 25, isNtsc: false }],
  [null, { base: 25, isNtsc: false }],
])('%d frames per second', (framesPerSecond, rate) => {
  expect(rateOf(framesPerSecond)).toEqual(rate);
});

test.each([25, 24, 30_000 / 1001, 24_000 / 1001, 60_000 / 1001, 50])(
  'each frame at %d per second has a number of its own',
  (framesPerSecond) => {
    const rate = rateOf(framesPerSecond);
    for (let number = 0; number < 200_000; number += 37) {
      // Names of frames tell times rounded down to the microsecond.
      const seconds = Math.floor((number / framesPerSecond) * 1e6) / 1e6;
      expect(frameAt(seconds, rate)).toBe(number);
    }
  },
);

test('a timecode counts frames', () => {
  expect(timecode(0, rateOf(25))).toBe('00:00:00:00');
  expect(timecode(25 * 3723 + 24, rateOf(25))).toBe('01:02:03:24');
});

test('a list of times, an EDL, and what a recipe reads of them are the same', () => {
  const listed = { name: 'a\nb', rate: rateOf(25), frames: FRAMES };
  expect(FRAMES.map(exactTime)).toEqual(['0:00:00.000000', '0:00:02.500000', '1:02:03.040000']);
  const wanted = ['0', '5/2', '93076/25'];
  expect(readTimes(plainTimes(listed))).toEqual({ times: wanted, unread: [] });
  const inFrames = wanted.with(1, '63/25'); // 62.5 frames
  expect(readTimes(edl(listed), 25)).toEqual({ times: inFrames, unread: [] });
  expect(edl(listed)).toContain('TITLE: a b\n');
});

test('a table names each frame', () => {
  const listed = { name: 'a', rate: rateOf(25), frames: FRAMES.slice(1, 2) };
  expect(csvTimes(listed)).toBe('frame,seconds,name,bytes,sha256\r\n4,2.500000,3.png,10,ab\r\n');
});

test('a name may hold whatever names hold', () => {
  const listed = { name: '<a> & \u0007\ud800"b"', rate: rateOf(25), frames: [] };
  expect(premiereMarkers(listed)).toContain('<name>&lt;a&gt; &amp; \ufffd"b"</name>');
});
