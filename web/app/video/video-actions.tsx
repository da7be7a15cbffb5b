import { useSignal } from '@preact/signals';
import type { Extraction, Video } from '../api/client';
import { attempt, deleteVideo, downloadZip } from '../library/actions';
import { RenameDialog } from '../library/rename';
import { isComplete } from '../library/store';
import { go } from '../routes';
import { Button } from '../ui/button';
import { Confirm } from '../ui/dialog';
import { Menu } from '../ui/menu';
import { bytes, t } from '../words';
import { KeepLonger } from './keep-longer';

export function VideoActions({
  video,
  extraction,
}: {
  video: Video;
  extraction: Extraction | undefined;
}) {
  const dialog = useSignal<'rename' | 'delete' | 'keep' | null>(null);
  const close = () => {
    dialog.value = null;
  };
  const remove = async () => {
    await deleteVideo(video);
    go('#/');
  };
  return (
    <div class="row-actions">
      {extraction && isComplete(extraction) && (
        <Button
          kind="primary"
          icon="download"
          onClick={() => attempt(() => downloadZip(extraction))}
        >
          {t('video.zip', { size: bytes(extraction.archive_bytes ?? 0) })}
        </Button>
      )}
      <Menu label={t('row.more', { name: video.name })} icon="more">
        <Button kind="quiet" icon="edit" onClick={() => (dialog.value = 'rename')}>
          {t('rename')}
        </Button>
        <Button kind="quiet" icon="clock" onClick={() => (dialog.value = 'keep')}>
          {t('keep')}
        </Button>
        <Button kind="quiet" icon="trash" onClick={() => (dialog.value = 'delete')}>
          {t('delete')}
        </Button>
      </Menu>
      {dialog.value === 'rename' && <RenameDialog video={video} onClose={close} />}
      {dialog.value === 'keep' && <KeepLonger video={video} onClose={close} />}
      {dialog.value === 'delete' && (
        <Confirm
          title={t('delete.title')}
          text={t('delete.text', { name: video.name })}
          action={t('delete')}
          onConfirm={() => void attempt(remove)}
          onClose={close}
        />
      )}
    </div>
  );
}
