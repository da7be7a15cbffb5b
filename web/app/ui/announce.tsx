/** What is said aloud, and shown for a moment where it is not seen elsewhere. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../words';
import { Icon } from './icons';

interface Toast {
  id: number;
  words: string;
  action?: { words: string; run: () => void };
}

const SHOWN_MS = 5000;
const toasts = signal<readonly Toast[]>([]);
const sayings = signal<readonly Toast[]>([]);
/** Modal dialogs that are open, the last one above the others. */
const layers = signal<readonly string[]>([]);
let counter = 0;

/** Show and say something for a few seconds; what offers something, until another offer, dialog or screen comes. */
export function toast(words: string, action?: Toast['action']): void {
  const id = ++counter;
  if (action !== undefined) withdrawOffers();
  toasts.value = [...toasts.value, { id, words, ...(action && { action }) }];
  if (action === undefined) setTimeout(() => dismiss(id), SHOWN_MS);
}

function withdrawOffers(): void {
  toasts.value = toasts.value.filter(({ action }) => action === undefined);
}

/** Have what a screen offers end with it, until what is returned is called. */
function followScreens(): () => void {
  addEventListener('hashchange', withdrawOffers);
  return () => removeEventListener('hashchange', withdrawOffers);
}

/** Say what is seen elsewhere. */
export function say(words: string): void {
  const id = ++counter;
  sayings.value = [...sayings.value, { id, words }];
  setTimeout(() => {
    sayings.value = sayings.value.filter((each) => each.id !== id);
  }, SHOWN_MS);
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((each) => each.id !== id);
}

/** Have a modal dialog show what is said, as long as it is open; returns what ends that. */
export function bringForward(layer: string): () => void {
  withdrawOffers();
  layers.value = [...layers.value, layer];
  return () => {
    layers.value = layers.value.filter((each) => each !== layer);
  };
}

/**
 * Shows what is said in the page, or in a modal dialog: all that is not in the uppermost one is
 * beneath it, cannot be clicked, and is not read aloud.
 */
export function Announcements({ layer }: { layer?: string }) {
  const isUppermost = layers.value.at(-1) === layer;
  useEffect(() => (layer === undefined ? followScreens() : undefined), []);
  return (
    <>
      <div class="toasts" role="status" aria-live="polite">
        {isUppermost && toasts.value.map((each) => <ToastCard key={each.id} {...each} />)}
      </div>
      <div class="sayings unseen" role="log">
        {isUppermost && sayings.value.map(({ id, words }) => <p key={id}>{words}</p>)}
      </div>
    </>
  );
}

function ToastCard({ id, words, action }: Toast) {
  return (
    <div class="toast">
      {words}
      {action && (
        <>
          <button
            type="button"
            class="link"
            onClick={() => {
              dismiss(id);
              action.run();
            }}
          >
            {action.words}
          </button>
          <button type="button" class="toast-close" onClick={() => dismiss(id)}>
            <Icon name="close" size={18} />
            <span class="unseen">{t('close')}</span>
          </button>
        </>
      )}
    </div>
  );
}
