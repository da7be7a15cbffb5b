/** Both languages say the same, with the same things filled in. */
import { expect, test } from 'vitest';
import { en } from '../../app/words/en';
import { pt } from '../../app/words/pt';

const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).toSorted();

test.each(Object.entries(en))('%s', (key, words) => {
  const other = pt[key as keyof typeof en];
  expect(places(other)).toEqual(places(words));
  expect(other).not.toBe('');
});
