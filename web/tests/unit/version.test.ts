/** A page is known by its script, whose name changes with what is in it. */
import { expect, test, vi } from 'vitest';

vi.stubGlobal('document', {});
const { scriptOf } = await import('../../app/version');

test('the script of a built page', () => {
  const built = '<script type="module" crossorigin src="/assets/index-D4VgNYiN.js"></script>';
  expect(scriptOf(`<head><link rel="icon" href="/assets/icon.svg">${built}</head>`)).toBe(
    '/assets/index-D4VgNYiN.js',
  );
});

test.each([
  '',
  '<h1>The service does not answer right now</h1>',
  '<script type="module" src="/app/main.tsx"></script>',
])('none in %s', (html) => {
  expect(scriptOf(html)).toBeNull();
});
