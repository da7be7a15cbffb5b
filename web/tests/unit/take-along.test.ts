/** What a user takes along is all there is, without addresses that others could open. */
import { beforeAll, expect, test, vi } from 'vitest';

type Collect = typeof import('../../app/take-along/collect');
let collect: Collect;

beforeAll(async () => {
  vi.stubGlobal('location', { origin: 'https://fotograma.example', hash: '' });
  vi.stubGlobal('navigator', { languages: ['en'], locks: {} });
  vi.stubGlobal('document', { documentElement: {} });
  vi.stubGlobal('addEventListener', () => {});
  collect = await import('../../app/take-along/collect');
});

test('the items of all pages, until there is no next', async () => {
  const pages = [
    { items: [1, 2], next: 'b' },
    { items: [3], next: 'c' },
    { items: [], next: null },
  ];
  const asked: (string | null)[] = [];
  const told: number[] = [];
  const found = await collect.all<number, string>(
    async (cursor) => {
      asked.push(cursor);
      return pages[asked.length - 1] ?? { items: [] };
    },
    (count) => told.push(count),
  );
  expect(found).toEqual([1, 2, 3]);
  expect(asked).toEqual([null, 'b', 'c']);
  expect(told).toEqual([2, 3, 3]);
});

test('signed addresses are left out, however deep they are', () => {
  const video = {
    name: 'curl.mp4',
    poster_url: '/video/1/poster?sig=x',
    extractions: [{ frames_url: null, url: 'x', recipe: { sampling: { mode: 'all' } }, frames: 3 }],
  };
  expect(collect.withoutAddresses({ videos: [video] })).toEqual({
    videos: [
      {
        name: 'curl.mp4',
        extractions: [{ recipe: { sampling: { mode: 'all' } }, frames: 3 }],
      },
    ],
  });
});
