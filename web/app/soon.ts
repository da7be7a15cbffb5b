/** What changes many times a second is taken over ten times a second, all at once: nobody reads faster. */
import { batch } from '@preact/signals';

const SOON_MS = 100;
const waiting = new Map<unknown, () => void>();

/** Do something soon; of what has the same key, only the newest. */
export function soon(key: unknown, work: () => void): void {
  if (waiting.size === 0) setTimeout(catchUp, SOON_MS);
  waiting.set(key, work);
}

function catchUp(): void {
  const works = [...waiting.values()];
  waiting.clear();
  batch(() => {
    for (const work of works) work();
  });
}
