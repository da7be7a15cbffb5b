/** The guide of the first visit is where its reader is. */
import { expect, test } from 'vitest';
import { progressOf, stepOf } from '../../app/first-visit/progress';

const sent = (isChosen: boolean) => [{ isChosen }];
const video = (status: 'processing' | 'ready' | 'failed') => [{ status }];

test.each([
  ['drop', [], []],
  ['choose', sent(false), []],
  ['choose', [...sent(true), ...sent(false)], video('ready')],
  ['wait', sent(true), []],
  ['wait', [], video('processing')],
  ['take', [], video('ready')],
] as const)('%s', (progress, uploads, videos) => {
  expect(progressOf(uploads, videos)).toBe(progress);
});

test('waiting belongs to the last step', () => {
  expect(stepOf('wait')).toBe('take');
  expect(stepOf('drop')).toBe('drop');
});
