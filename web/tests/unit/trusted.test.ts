/** The one Trusted Types policy gives out the page's own workers, and nothing else. */
import { expect, test, vi } from 'vitest';

vi.stubGlobal('location', { origin: 'https://fotograma.example' });
vi.stubGlobal('window', {});
const { ownWorker } = await import('../../app/trusted');

test('a built worker of this page is given out', () => {
  expect(ownWorker('/assets/worker-A1b2.js')).toBe(
    'https://fotograma.example/assets/worker-A1b2.js',
  );
});

test.each([
  'https://elsewhere.example/assets/worker-A1b2.js',
  '//elsewhere.example/assets/worker.js',
  '/video/1/frames/worker.js',
  '/assets/../video/worker.js',
  'data:text/javascript,alert(1)',
  'blob:https://fotograma.example/1',
])('%s is refused', (address) => {
  expect(() => ownWorker(address)).toThrow(TypeError);
});
