/** So many work at once, and nobody who has left holds up those who wait. */
import { expect, test } from 'vitest';
import { Turns } from '../../app/upload/turns';

const never = new AbortController().signal;

/** Work that ends when it is told to; who has begun it, in order. */
function works() {
  const begun: number[] = [];
  const ends = new Map<number, () => void>();
  const work = (n: number) => () => {
    begun.push(n);
    return new Promise<number>((resolve) => ends.set(n, () => resolve(n)));
  };
  return { begun, work, end: (n: number) => ends.get(n)?.() };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test('two of many work at once, in the order they came', async () => {
  const turns = new Turns(2);
  const { begun, work, end } = works();
  const all = [0, 1, 2, 3].map((n) => turns.take(work(n), never));
  await settled();
  expect(begun).toEqual([0, 1]);
  end(1);
  await settled();
  expect(begun).toEqual([0, 1, 2]);
  end(0);
  await settled();
  expect(begun).toEqual([0, 1, 2, 3]);
  for (const n of [2, 3]) end(n);
  expect(await Promise.all(all)).toEqual([0, 1, 2, 3]);
});

test('who fails, or leaves before it begins, lets the next one in', async () => {
  const turns = new Turns(1);
  const { begun, work, end } = works();
  const failing = turns.take(() => Promise.reject(new Error('failed')), never);
  const stop = new AbortController();
  const leaving = turns.take(work(1), stop.signal);
  const staying = turns.take(work(2), never);
  stop.abort();
  await expect(failing).rejects.toThrow('failed');
  await expect(leaving).rejects.toThrow();
  await settled();
  expect(begun).toEqual([2]);
  end(2);
  expect(await staying).toBe(2);
  await expect(turns.take(work(3), stop.signal)).rejects.toThrow();
});
