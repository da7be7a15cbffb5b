import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { explain } from '../api/problems';
import { t } from '../words';
import { Button } from './button';
import { Note } from './note';

interface Loading<Data> {
  data: Signal<Data | null>;
  error: Signal<unknown>;
  load: () => Promise<void>;
}

/** Ask the API when the part is shown. */
export function useLoaded<Data>(ask: () => Promise<Data>): Loading<Data> {
  const data = useSignal<Data | null>(null);
  const error = useSignal<unknown>(null);
  const load = async () => {
    error.value = null;
    try {
      data.value = await ask();
    } catch (problem) {
      error.value = problem;
    }
  };
  useEffect(() => void load(), []);
  return { data, error, load };
}

interface LoadedProps<Data> {
  loading: Loading<Data>;
  children: (data: Data) => ComponentChildren;
}

/** What was asked for; or that it is on its way, or why it did not come. */
export function Loaded<Data>({ loading, children }: LoadedProps<Data>) {
  const { data, error, load } = loading;
  if (error.value !== null) {
    return (
      <Note kind="problem">
        {explain(error.value)}{' '}
        <Button small onClick={() => load()}>
          {t('retry')}
        </Button>
      </Note>
    );
  }
  if (data.value === null) return <p class="hint">{t('loading')}</p>;
  return <>{children(data.value)}</>;
}
