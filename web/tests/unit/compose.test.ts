/** What people write becomes an exact recipe. */
import { expect, test } from 'vitest';
import { FIRST_DRAFT } from '../../app/compose/draft';
import { compose } from '../../app/compose/recipe';
import { readSeconds, readTimes } from '../../app/compose/times';

test.each([
  ['62.5', '125/2'],
  ['1:02.5', '125/2'],
  ['1:02:03', '3723'],
  ['1001/30', '1001/30'],
  ['00:00:01:12', '37/25'],
])('%s is %s seconds', (written, seconds) => {
  expect(String(readSeconds(written))).toBe(seconds);
});

test.each(['', 'x', '1:60', '1:2:3:4:5', '1/0'])('%s is no time', (written) => {
  expect(readSeconds(written)).toBeNull();
});

test('a list may be pasted from anywhere', () => {
  expect(readTimes('1:02.5, 50%; 62.5\n"3"  nonsense 101%')).toEqual({
    times: ['125/2', '50%', '3'],
    unread: ['nonsense', '101%'],
  });
});

test('an EDL gives the starts of its events on the source', () => {
  const edl = `TITLE: Cuts
FCM: NON-DROP FRAME
001  AX  V  C  00:00:10:00 00:00:12:00 01:00:00:00 01:00:02:00
002  AX  V  C  00:01:00:12 00:01:02:00 01:00:02:00 01:00:04:00`;
  expect(readTimes(edl, 24)).toEqual({ times: ['10', '121/2'], unread: [] });
});

test('a draft is a recipe of exact fractions', () => {
  const draft = { ...FIRST_DRAFT, seconds: '0,1', start: '1:00', end: '2:00', days: '7' };
  expect(compose(draft)).toMatchObject({
    recipe: {
      sampling: { mode: 'interval', seconds: '1/10' },
      start: '60',
      end: '120',
      output: { format: 'png' },
    },
    retentionDays: 7,
  });
});

test.each([
  [{ seconds: '0' }, 'seconds'],
  [{ mode: 'count', count: '1.5' }, 'count'],
  [{ mode: 'times', times: 'never' }, 'times'],
  [{ start: '2:00', end: '1:00' }, 'end'],
  [{ maxWidth: '8' }, 'maxWidth'],
] as const)('%o is wrong', (fields, field) => {
  const { recipe, wrong } = compose({ ...FIRST_DRAFT, ...fields });
  expect(recipe).toBeNull();
  expect([...wrong]).toEqual([field]);
});
