/** What is said aloud and shown for a moment. */
import { signal } from '@preact/signals';

interface Toast {
  id: number;
  words: string;
  action?: { words: string; run: () => void };
}

const SHOWN_MS = 5000;
const toasts = signal<readonly Toast[]>([]);
const spoken = signal('');
let counter = 0;

/** Show and say something for a few seconds. */
export function toast(words: string, action?: Toast['action']): void {
  const id = ++counter;
  toasts.value = [...toasts.value, { id, words, ...(action && { action }) }];
  if (action === undefined) setTimeout(() => dismiss(id), SHOWN_MS);
}

/** Say something to those who hear the page. */
export function announce(words: string): void {
  spoken.value = words;
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((each) => each.id !== id);
}

export function Announcements() {
  return (
    <>
      <div class="unseen" role="status" aria-live="polite">
        {spoken.value}
      </div>
      <div class="toasts" role="status" aria-live="polite">
        {toasts.value.map(({ id, words, action }) => (
          <div class="toast" key={id}>
            {words}
            {action && (
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
            )}
          </div>
        ))}
      </div>
    </>
  );
}
