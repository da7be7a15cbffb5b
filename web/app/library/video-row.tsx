import { useSignal } from '@preact/signals';
import type { Extraction, Video } from '../api/client';
import { Button } from '../ui/button';
import { Confirm } from '../ui/dialog';
import { Icon } from '../ui/icons';
import { Menu } from '../ui/menu';
import { failureWords } from '../video/reasons';
import { RemedyLink } from '../video/remedy-link';
import { bytes, clock, counted, day, t } from '../words';
import { attempt, cancel, deleteVideo, downloadZip, retry } from './actions';
import { LiveStrip } from './live-strip';
import { posterOf } from './posters';
import { RenameDialog } from './rename';
import { Row } from './row';
import { runningWords, Working } from './running';
import { isComplete, isRunning, newestExtraction, progress } from './store';

/** A video, with what its newest extraction does or has given. */
export function VideoRow({ video }: { video: Video }) {
  const dialog = useSignal<'rename' | 'delete' | null>(null);
  const close = () => {
    dialog.value = null;
  };
  const extraction = newestExtraction(video);
  const href = `#/videos/${video.id}`;
  return (
    <Row
      name={video.name}
      href={href}
      poster={<Poster video={video} />}
      line={extraction ? lineOf(video, extraction) : ''}
      isProblem={extraction?.status === 'failed'}
      actions={
        <>
          {extraction && <RowActions extraction={extraction} />}
          <Menu label={t('row.more', { name: video.name })} icon="more" small>
            <Button kind="quiet" icon="edit" onClick={() => (dialog.value = 'rename')}>
              {t('rename')}
            </Button>
            <Button kind="quiet" icon="trash" onClick={() => (dialog.value = 'delete')}>
              {t('delete')}
            </Button>
          </Menu>
        </>
      }
    >
      {extraction && isRunning(extraction) && (
        <>
          <Working extraction={extraction} />
          <LiveStrip extraction={extraction} most={8} />
        </>
      )}
      {dialog.value === 'rename' && <RenameDialog video={video} onClose={close} />}
      {dialog.value === 'delete' && (
        <Confirm
          title={t('delete.title')}
          text={t('delete.text', { name: video.name })}
          action={t('delete')}
          onConfirm={() => void attempt(() => deleteVideo(video))}
          onClose={close}
        />
      )}
    </Row>
  );
}

function Poster({ video }: { video: Video }) {
  const address = video.poster_url ?? posterOf(video.id);
  return address ? (
    <img src={address} alt="" loading="lazy" decoding="async" />
  ) : (
    <Icon name="film" size={24} />
  );
}

function RowActions({ extraction }: { extraction: Extraction }) {
  if (isRunning(extraction)) {
    return (
      <Button small onClick={() => attempt(() => cancel(extraction))}>
        {t('extraction.cancel')}
      </Button>
    );
  }
  if (isComplete(extraction)) {
    return (
      <Button small icon="download" onClick={() => attempt(() => downloadZip(extraction))}>
        ZIP
      </Button>
    );
  }
  return (
    <>
      {extraction.status === 'failed' && <RemedyLink extraction={extraction} />}
      {extraction.retryable && (
        <Button small icon="retry" onClick={() => attempt(() => retry(extraction))}>
          {t('retry')}
        </Button>
      )}
    </>
  );
}

/** `3:12 · 1920×1080 · 192 frames · 101 MB · until 27 Dec`. */
export function lineOf(video: Video, extraction: Extraction): string {
  if (isRunning(extraction)) return runningWords(extraction, progress.value.get(extraction.id));
  if (extraction.status === 'failed') return failureWords(extraction).what;
  if (extraction.status === 'cancelled') return t('extraction.cancelled');
  const { source } = extraction;
  return [
    extraction.status === 'completed_with_warnings' ? t('extraction.withGaps') : '',
    source && clock(source.duration_seconds),
    source && `${source.width}×${source.height}`,
    extraction.frames !== null && counted('frames', extraction.frames),
    extraction.archive_bytes !== null && bytes(extraction.archive_bytes),
    t('video.until', { date: day(video.expires_at) }),
  ]
    .filter(Boolean)
    .join(' · ');
}
