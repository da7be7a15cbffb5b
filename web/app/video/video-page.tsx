import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Extraction, Video } from '../api/client';
import { ApiProblem, explain } from '../api/problems';
import { fetchVideo, newestExtraction, videos } from '../library/store';
import { Button } from '../ui/button';
import { Heading } from '../ui/heading';
import { Icon } from '../ui/icons';
import { Note } from '../ui/note';
import { bytes, clock, day, t } from '../words';
import { codecName } from '../words/codecs';
import { ExtractAgain } from './extract-again';
import { ExtractionView } from './extraction-view';
import { recipeName } from './recipe-name';
import { VideoActions } from './video-actions';

interface VideoPageProps {
  id: string;
  extraction: string | null;
  time: number | null;
  picked: string | null;
}

export function VideoPage({ id, ...wanted }: VideoPageProps) {
  const error = useSignal<unknown>(null);
  const load = async () => {
    error.value = null;
    try {
      await fetchVideo(id);
    } catch (problem) {
      error.value = problem;
    }
  };
  const known = videos.value.get(id);
  const last = useRef(known);
  last.current = known ?? last.current;
  // The newest videos are told anew now and then; whether an older one is still there, the server says.
  useEffect(() => {
    if (known === undefined) void load();
  }, [known === undefined]);
  const video = error.value === null ? last.current : known;
  if (video !== undefined) return <Shown video={video} {...wanted} />;
  return (
    <div class="video">
      <BackLink />
      {error.value === null ? (
        <Heading name={t('loading')} />
      ) : (
        <Missing error={error.value} load={load} />
      )}
    </div>
  );
}

function Missing({ error, load }: { error: unknown; load: () => Promise<void> }) {
  const status = error instanceof ApiProblem ? error.problem.status : 0;
  const name =
    status === 410 ? t('video.gone') : status === 404 ? t('video.missing') : explain(error);
  return (
    <>
      <Heading name={name} />
      {status !== 410 && status !== 404 && (
        <p>
          <Button onClick={() => load()}>{t('retry')}</Button>
        </p>
      )}
    </>
  );
}

function BackLink() {
  return (
    <a class="back" href="#/">
      <Icon name="back" size={18} />
      {t('library.title')}
    </a>
  );
}

type ShownProps = Omit<VideoPageProps, 'id'> & { video: Video };

function Shown({ video, extraction, time, picked }: ShownProps) {
  const composing = useSignal<'recipe' | 'player' | null>(null);
  const shown = video.extractions.find((each) => each.id === extraction) ?? newestExtraction(video);
  return (
    <div class="video">
      <BackLink />
      <header class="video-head">
        <div>
          <Heading name={video.name} />
          <p class="row-line">{videoLine(video)}</p>
        </div>
        <VideoActions video={video} extraction={shown} />
      </header>
      <Tabs video={video} shown={shown} onNew={(by) => (composing.value = by)} />
      {shown?.id === extraction || extraction === null ? null : (
        <Note kind="warning">{t('video.noSuchExtraction')}</Note>
      )}
      {shown && (
        <ExtractionView
          key={shown.id}
          video={video}
          extraction={shown}
          time={time}
          picked={picked}
        />
      )}
      {composing.value && (
        <ExtractAgain
          video={video}
          isPlaying={composing.value === 'player'}
          onClose={() => (composing.value = null)}
        />
      )}
    </div>
  );
}

function Tabs({
  video,
  shown,
  onNew,
}: {
  video: Video;
  shown: Extraction | undefined;
  /** Other frames are wanted: by a recipe, or found by playing the video. */
  onNew: (by: 'recipe' | 'player') => void;
}) {
  return (
    <nav class="tabs" aria-label={t('video.extractions')}>
      {video.extractions.toReversed().map((each) => (
        <a
          key={each.id}
          href={`#/videos/${video.id}/${each.id}`}
          aria-current={each.id === shown?.id ? 'page' : undefined}
        >
          {recipeName(each.recipe)}
          {each.frames !== null && <span class="hint figures">{each.frames}</span>}
        </a>
      ))}
      <Button small kind="quiet" icon="plus" onClick={() => onNew('recipe')}>
        {t('video.otherFrames')}
      </Button>
      <Button small kind="quiet" icon="play" onClick={() => onNew('player')}>
        {t('video.play')}
      </Button>
    </nav>
  );
}

function videoLine(video: Video): string {
  const source = video.extractions.find((each) => each.source !== null)?.source;
  return [
    source && clock(source.duration_seconds),
    source && `${source.width}×${source.height}`,
    source && codecName(source.codec),
    bytes(video.size_bytes),
    t('video.until', { date: day(video.expires_at) }),
  ]
    .filter(Boolean)
    .join(' · ');
}
