/** What stands below a picture on a contact sheet, line by line. */
import type { Frame } from '../frames/frame-list';
import { exactTime } from '../times/lists';
import { type Captions, HASH_LINE } from './sheet-layout';

export interface Caption {
  words: string;
  kind: 'time' | 'name' | 'hash';
}

export function captionsOf(frame: Frame, { name, sha256 }: Captions): Caption[] {
  const hash = [frame.sha256.slice(0, HASH_LINE), frame.sha256.slice(HASH_LINE)];
  return [
    { words: exactTime(frame), kind: 'time' },
    ...(name ? [{ words: frame.name, kind: 'name' } as const] : []),
    ...(sha256 ? hash.map((words) => ({ words, kind: 'hash' }) as const) : []),
  ];
}
