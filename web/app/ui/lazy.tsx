/** Components whose code is no part of the first load: it is fetched in idle time, or when it is needed. */
import { signal, useSignal } from '@preact/signals';
import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { t } from '../words';
import { Button } from './button';
import { Dialog } from './dialog';
import { Heading } from './heading';
import { Note } from './note';
import { isOnline } from './online';

export interface WaitingProps {
  heading: string;
  children: ComponentChildren;
}

interface Fetched {
  /** Rejects where the code cannot be fetched. */
  fetchCode: () => Promise<void>;
}

/** A component that `load` brings, and where it is waited for, or said that it does not come. */
export function lazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  Waiting: ComponentType<Props & WaitingProps>,
): ComponentType<Props> & Fetched {
  const loaded = signal<ComponentType<Props> | null>(null);
  const fetchCode = async () => {
    loaded.value ??= await load();
  };
  function Lazy(props: Props) {
    const Loaded = loaded.value;
    const isFailed = useSignal(false);
    const fetchNow = async () => {
      if (isFailed.value && isStyleMissing()) location.reload();
      isFailed.value = false;
      await fetchCode().catch(() => {
        isFailed.value = true;
      });
    };
    useEffect(() => void fetchNow(), [isOnline.value]);
    if (Loaded !== null) return <Loaded {...props} />;
    return (
      <Waiting {...props} heading={isFailed.value ? t('part.missing') : t('loading')}>
        {isFailed.value && <Missing retry={fetchNow} />}
      </Waiting>
    );
  }
  return Object.assign(Lazy, { fetchCode });
}

/** A stylesheet that did not come is asked for again by a reload alone. */
function isStyleMissing(): boolean {
  return [...document.styleSheets].length < document.querySelectorAll('[rel=stylesheet]').length;
}

/** There was no network, or the server has a newer page, in which this part is called otherwise. */
function Missing({ retry }: { retry: () => Promise<void> }) {
  return (
    <Note kind="problem">
      {t('part.why')}{' '}
      <Button small onClick={() => retry()}>
        {t('retry')}
      </Button>{' '}
      <Button small onClick={() => location.reload()}>
        {t('version.reload')}
      </Button>
    </Note>
  );
}

export function WaitingScreen({ heading, children }: WaitingProps) {
  return (
    <div class="waiting-screen">
      <Heading name={heading} />
      {children}
    </div>
  );
}

export function WaitingDialog({
  heading,
  children,
  onClose,
}: WaitingProps & { onClose: () => void }) {
  return (
    <Dialog title={heading} onClose={onClose}>
      {children}
    </Dialog>
  );
}

/** For what the screen can do without. */
export function WaitingUnseen(): null {
  return null;
}

/** Fetch the code of components, one after the other, when nothing else is to be done. */
export async function prefetch(...components: readonly Fetched[]): Promise<void> {
  for (const { fetchCode } of components) {
    await idleTime();
    await fetchCode().catch(() => {}); // It is fetched again when it is needed.
  }
}

function idleTime(): Promise<unknown> {
  return new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve));
}
