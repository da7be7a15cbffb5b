import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { explain } from '../api/problems';
import { Button } from '../ui/button';
import { Note } from '../ui/note';
import { t as words } from '../words';
import { t } from './words';

interface Page<Item> {
  items: Item[];
  next: string | null;
}

export interface Pages<Item> {
  /** Null until the first page has come. */
  items: ReadonlySignal<readonly Item[] | null>;
  hasMore: boolean;
  error: unknown;
  more: () => Promise<void>;
  /** Show an item otherwise, which has changed. */
  put: (changed: Item) => void;
}

/** A list that comes page by page, and anew with each other `key`: what it is searched or filtered by. */
export function usePages<Item extends { id: string }>(
  ask: (after: string | null) => Promise<Page<Item>>,
  key: string,
): Pages<Item> {
  const items = useSignal<readonly Item[] | null>(null);
  const next = useSignal<string | null>(null);
  const error = useSignal<unknown>(null);
  const asked = useRef(0);
  const load = async (after: string | null) => {
    const turn = ++asked.current;
    error.value = null;
    try {
      const page = await ask(after);
      // Who has searched for something else meanwhile does not wait for this any more.
      if (turn !== asked.current) return;
      items.value = after === null ? page.items : [...(items.value ?? []), ...page.items];
      next.value = page.next;
    } catch (problem) {
      if (turn === asked.current) error.value = problem;
    }
  };
  useEffect(() => void load(null), [key]);
  return {
    items,
    hasMore: next.value !== null,
    error: error.value,
    more: () => load(next.value),
    put: (changed) => {
      items.value = (items.value ?? []).map((each) => (each.id === changed.id ? changed : each));
    },
  };
}

interface PagedListProps<Item> {
  label: string;
  pages: Pages<Item>;
  children: (item: Item) => ComponentChildren;
}

export function PagedList<Item extends { id: string }>(props: PagedListProps<Item>) {
  const { label, pages, children } = props;
  const items = pages.items.value;
  return (
    <>
      {pages.error !== null && (
        <Note kind="problem">
          {explain(pages.error)}{' '}
          <Button small onClick={() => pages.more()}>
            {words('retry')}
          </Button>
        </Note>
      )}
      {items === null && pages.error === null && <p class="hint">{words('loading')}</p>}
      {items?.length === 0 && <p class="hint">{t('none')}</p>}
      <ul class="rows" aria-label={label}>
        {items?.map((item) => (
          <li key={item.id}>{children(item)}</li>
        ))}
      </ul>
      {pages.hasMore && <Button onClick={() => pages.more()}>{t('more')}</Button>}
    </>
  );
}
