import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { followDrags } from '../library/drop-zone';
import { chosenFiles } from '../library/files';
import { Button } from '../ui/button';
import { Icon } from '../ui/icons';
import type { Dropped } from '../upload/uploads';
import { t } from './words';

/** Takes files that are dropped anywhere on the window, or chosen. */
export function Files({ onFiles }: { onFiles: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const isOver = useSignal(false);
  const take = (dropped: readonly Dropped[]) => onFiles(dropped.map(({ file }) => file));
  useEffect(() => followDrags((over) => (isOver.value = over), take), []);
  return (
    <div class={`drop-zone ${isOver.value ? 'is-over' : ''}`}>
      <span class="drop-icon">
        <Icon name="check" size={20} />
      </span>
      <p class="drop-title">{t('drop')}</p>
      <Button kind="primary" onClick={() => input.current?.click()}>
        {t('choose')}
      </Button>
      <input
        ref={input}
        class="unseen"
        type="file"
        multiple
        tabIndex={-1}
        aria-hidden="true"
        data-testid="check-files"
        onChange={(event) => take(chosenFiles(event.currentTarget))}
      />
    </div>
  );
}
