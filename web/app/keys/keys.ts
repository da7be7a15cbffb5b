/** Keys that act wherever the focus is. Those of one character can be turned off (WCAG 2.1.4). */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { go } from '../routes';

type Wish = 'search' | 'files';

const STORED = 'fotograma-letters';
const SECOND_KEY_MS = 1000;
const TYPED_IN = 'input:not([type=radio], [type=checkbox]), textarea, select';

export const areLettersOn = signal(stored() !== 'off');
export const isListShown = signal(false);
/** What a key asked a part of the page for that may still have to appear. */
const wish = signal<Wish | null>(null);

function stored(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null; // A browser that keeps nothing has them on.
  }
}

/** Have keys of one character act, or not; after a reload too. */
export function turnLetters(on: boolean): void {
  areLettersOn.value = on;
  try {
    localStorage.setItem(STORED, on ? 'on' : 'off');
  } catch {
    // as above
  }
}

/** Whether a key is for the page: of one character, allowed, and not typed into something. */
export function isForPage(event: KeyboardEvent): boolean {
  const target = event.target as Element;
  const isAlone = !event.ctrlKey && !event.altKey && !event.metaKey;
  return areLettersOn.value && isAlone && !event.defaultPrevented && !target.matches(TYPED_IN);
}

/** Act on the keys that hold everywhere, until the function that is returned is called. */
export function followKeys(): () => void {
  let wentAt = Number.NEGATIVE_INFINITY;
  const press = (event: KeyboardEvent) => {
    if (!isForPage(event) || document.querySelector('dialog[open]') !== null) return;
    const key = event.key.toLowerCase();
    const isSecond = event.timeStamp - wentAt < SECOND_KEY_MS;
    wentAt = key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY;
    if (key === '?') isListShown.value = true;
    else if (key === '/') ask('search');
    else if (key === 'n') ask('files');
    else if (key === 'l' && isSecond) go('#/');
    else return;
    event.preventDefault();
  };
  addEventListener('keydown', press);
  return () => removeEventListener('keydown', press);
}

function ask(wished: Wish): void {
  wish.value = wished;
  if (!/^#?\/?$/.test(location.hash)) go('#/');
  // Where there is no such part, it is not waited for.
  setTimeout(() => {
    wish.value = null;
  }, SECOND_KEY_MS);
}

/** Do what a key asks for, now or as soon as the component is there. */
export function useWish(granted: Wish, act: () => void): void {
  const isWished = wish.value === granted;
  useEffect(() => {
    if (!isWished) return;
    wish.value = null;
    act();
  }, [isWished]);
}
