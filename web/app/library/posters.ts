/** Pictures of files by the browser's own previews, until the server has one of the video. */
import { signal } from '@preact/signals';
import { onLogOut } from '../session/session';

/** More than are seen at once. */
const MOST_KEPT = 100;

/** Addresses, by an upload's key or a video's id. */
const posters = signal<ReadonlyMap<string, string>>(new Map());

export function posterOf(key: string): string | undefined {
  return posters.value.get(key);
}

/** Keep a picture of a file, instead of the one before. */
export function keepPoster(key: string, picture: Blob): void {
  put(key, URL.createObjectURL(picture));
}

/** What an upload has become looks as it did. */
export function passPoster(from: string, to: string): void {
  const address = posters.value.get(from);
  if (address === undefined) return;
  posters.value = new Map([...posters.value].filter(([key]) => key !== from));
  put(to, address);
}

function put(key: string, address: string): void {
  const kept = [...posters.value].filter(([each]) => each !== key);
  const next = [...kept, [key, address] as const].slice(-MOST_KEPT);
  const left = new Set(next.map(([, each]) => each));
  for (const [, each] of posters.value) if (!left.has(each)) URL.revokeObjectURL(each);
  posters.value = new Map(next);
}

onLogOut(() => {
  for (const address of posters.value.values()) URL.revokeObjectURL(address);
  posters.value = new Map();
});
