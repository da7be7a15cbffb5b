/** Whether the server has a newer page than the one that is open. */
import { signal } from '@preact/signals';

const EVERY_MS = 10 * 60 * 1000;

export const isNewVersionThere = signal(false);

/** Look every ten minutes, and when the page comes to the front. */
export function followVersions(): void {
  const look = () => {
    if (document.visibilityState === 'visible') void compare().catch(() => {});
  };
  setInterval(look, EVERY_MS);
  document.addEventListener('visibilitychange', look);
}

async function compare(): Promise<void> {
  const answer = await fetch('/', { cache: 'no-cache' });
  const [here, there] = [scriptOf(document.head.outerHTML), scriptOf(await answer.text())];
  isNewVersionThere.value = here !== null && there !== null && here !== there;
}

/** The page's script, whose name changes with what is in it; none while it is developed. */
export function scriptOf(html: string): string | null {
  return /<script[^>]+src="(\/assets\/[\w.-]+)"/.exec(html)?.[1] ?? null;
}
