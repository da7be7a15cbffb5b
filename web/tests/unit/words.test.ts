/** Both languages say the same, with the same things filled in. */
import { expect, test, vi } from 'vitest';
import { en } from '../../app/words/en';
import { pt } from '../../app/words/pt';

interface Own {
  english: Record<string, string>;
  portuguese: Record<string, string>;
}

const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).toSorted();

function expectAlike(words: Record<string, string>, others: Record<string, string>): void {
  expect(Object.keys(others).toSorted()).toEqual(Object.keys(words).toSorted());
  for (const [key, text] of Object.entries(words)) {
    const other = others[key] ?? '';
    expect([key, ...places(other)]).toEqual([key, ...places(text)]);
    expect(other).not.toBe('');
  }
}

test('the words of the page', () => expectAlike(en, pt));

const OWN = import.meta.glob<Own>('../../app/*/words.ts');
const OWNERS = Object.keys(OWN);

test.each(OWNERS)('%s', async (path) => {
  vi.stubGlobal('navigator', { languages: ['en'] });
  vi.stubGlobal('document', { documentElement: {} });
  vi.stubGlobal('addEventListener', () => {});
  const own = await OWN[path]?.();
  if (own === undefined) throw new Error(path);
  expectAlike(own.english, own.portuguese);
});
