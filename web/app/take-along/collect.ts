/** All that the services know of a user, as one document. */
import { answer, auth, notify, video } from '../api/client';
import { ownPresets } from '../compose/own-presets';

const PAGE = 100;

interface Page<Item, Cursor> {
  items: Item[];
  next?: Cursor | null;
}

/** Ask for everything, page by page. `tell` hears how many videos there are so far. */
export async function collect(tell: (videos: number) => void): Promise<object> {
  return withoutAddresses({
    format: 'fotograma-data/1',
    taken_at: new Date().toISOString(),
    account: await answer(auth.GET('/auth/me')),
    sessions: (await answer(auth.GET('/auth/sessions'))).items,
    api_keys: (await answer(auth.GET('/auth/api-keys'))).items,
    security: await all<object, number>((before) =>
      answer(
        auth.GET('/auth/audit', { params: { query: { limit: PAGE, ...(before && { before }) } } }),
      ),
    ),
    mail: {
      preferences: await answer(notify.GET('/notify/preferences')),
      sent: await all<object, string>((cursor) =>
        answer(
          notify.GET('/notify/deliveries', {
            params: { query: { limit: PAGE, ...(cursor && { cursor }) } },
          }),
        ),
      ),
    },
    presets: ownPresets.value,
    limits: await answer(video.GET('/video/limits')),
    uploads: (await answer(video.GET('/video/uploads'))).items,
    videos: await all<object, string>(
      (cursor) =>
        answer(
          video.GET('/video', {
            params: { query: { limit: PAGE, sort: 'created_at', ...(cursor && { cursor }) } },
          }),
        ),
      tell,
    ),
  }) as object;
}

/** The items of all pages. */
export async function all<Item, Cursor>(
  ask: (cursor: Cursor | null) => Promise<Page<Item, Cursor>>,
  tell: (items: number) => void = () => {},
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: Cursor | null = null;
  do {
    const page: Page<Item, Cursor> = await ask(cursor);
    items.push(...page.items);
    tell(items.length);
    cursor = page.next ?? null;
  } while (cursor !== null);
  return items;
}

/** The same without signed addresses: whoever has the file could open them, and soon nobody can. */
export function withoutAddresses(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAddresses);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !/(^|_)url$/.test(key));
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutAddresses(each)]));
}
