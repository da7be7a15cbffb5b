/** Progress is said every ten seconds, ends and failures at once. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Narrator } from '../../app/ui/narrator';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function narrated() {
  const said: string[] = [];
  const now = { words: '' };
  const narrator = new Narrator(
    (words) => said.push(words),
    () => now.words,
  );
  return { said, now, narrator };
}

test('what changes all the time is said every ten seconds', () => {
  const { said, now } = narrated();
  for (let second = 1; second <= 35; second++) {
    now.words = `${second} MB`;
    vi.advanceTimersByTime(1000);
  }
  expect(said).toEqual(['10 MB', '20 MB', '30 MB']);
});

test('what goes on unchanged, or has ended, is not said again', () => {
  const { said, now, narrator } = narrated();
  now.words = 'Waits for a free worker.';
  vi.advanceTimersByTime(30_000);
  now.words = '';
  vi.advanceTimersByTime(10_000);
  expect(said).toEqual(['Waits for a free worker.']);
  now.words = 'more';
  narrator.stop();
  vi.advanceTimersByTime(30_000);
  expect(said).toHaveLength(1);
});

test('an end and a failure are said at once, and each of them once', () => {
  const { said, narrator } = narrated();
  narrator.hear('a', 'running', () => 'a runs');
  narrator.hear('b', 'failed', () => 'b had failed before anybody listened');
  expect(said).toEqual([]);
  narrator.hear('a', 'complete', () => 'a is there');
  narrator.hear('a', 'complete', () => 'a is there');
  narrator.hear('b', 'running', () => '');
  narrator.hear('b', 'failed', () => 'b has failed');
  narrator.meet('c');
  narrator.meet('b');
  narrator.hear('c', 'failed', () => 'c has failed');
  narrator.hear('b', 'failed', () => 'b has failed');
  expect(said).toEqual(['a is there', 'b has failed', 'c has failed']);
});
