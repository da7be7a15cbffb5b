import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useWish } from '../keys/keys';
import { expectFile } from '../preflight/preflight';
import { Button } from '../ui/button';
import { Icon } from '../ui/icons';
import type { Dropped } from '../upload/uploads';
import { bytes, t } from '../words';
import { ACCEPT, chosenFiles, droppedFiles, pickFiles } from './files';
import { limits } from './store';

/** Takes files that are dropped anywhere on the window, or chosen. */
export function DropZone({
  onFiles,
  isLarge,
}: {
  onFiles: (files: Dropped[]) => void;
  isLarge: boolean;
}) {
  const input = useRef<HTMLInputElement>(null);
  const isOver = useSignal(false);
  const showOver = (over: boolean) => {
    isOver.value = over;
    if (over) expectFile();
  };
  useEffect(() => followDrags(showOver, onFiles), []);
  const choose = async () => {
    expectFile();
    const picked = await pickFiles(true);
    if (picked === null) input.current?.click();
    else if (picked.length > 0) onFiles(picked);
  };
  useWish('files', () => void choose());
  const most = limits.value?.max_upload_bytes;
  return (
    <div class={`drop-zone ${isLarge ? 'is-large' : ''} ${isOver.value ? 'is-over' : ''}`}>
      <span class="drop-icon">
        <Icon name="upload" size={isLarge ? 28 : 20} />
      </span>
      <div>
        <p class="drop-title">{isLarge ? t('library.empty') : t('drop.title')}</p>
        {most !== undefined && <p class="hint">{t('drop.limit', { size: bytes(most) })}</p>}
      </div>
      <Button kind="primary" onClick={() => void choose()}>
        {t('drop.choose')}
      </Button>
      <input
        ref={input}
        class="unseen"
        type="file"
        accept={ACCEPT}
        multiple
        tabIndex={-1}
        aria-hidden="true"
        data-testid="files"
        onChange={(event) => onFiles(chosenFiles(event.currentTarget))}
      />
    </div>
  );
}

/** Follow what is dragged over the window, or pasted; returns what ends it. */
export function followDrags(
  showOver: (over: boolean) => void,
  onFiles: (files: Dropped[]) => void,
): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  let depth = 0;
  addEventListener('dragenter', (event) => hasFiles(event) && showOver(++depth > 0), { signal });
  addEventListener('dragleave', (event) => hasFiles(event) && showOver(--depth > 0), { signal });
  addEventListener('dragover', (event) => hasFiles(event) && event.preventDefault(), { signal });
  addEventListener(
    'drop',
    (event) => {
      if (!hasFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      depth = 0;
      showOver(false);
      void droppedFiles(event.dataTransfer).then((files) => files.length > 0 && onFiles(files));
    },
    { signal },
  );
  const paste = ({ clipboardData }: ClipboardEvent) => {
    // A table that is copied for its times has a picture of itself with it.
    const files = [...(clipboardData?.files ?? [])].filter(({ type }) => /^(video\/|$)/.test(type));
    if (files.length > 0) onFiles(files.map((file) => ({ file, handle: null })));
  };
  addEventListener('paste', paste, { signal });
  return () => stop.abort();
}
