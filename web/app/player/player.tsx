import './player.css';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { explain } from '../api/problems';
import { Note } from '../ui/note';
import { Controls } from './controls';
import { followFrames } from './follow';
import { type Opened, type Playable, usePlayable } from './playable';
import { Playhead } from './playhead';
import { t } from './words';

interface PlayerProps {
  playable: Playable;
  /** Take a frame by its exact time; tells whether it was not among them. */
  onTake: (time: string) => boolean;
}

/** Plays a video frame by frame, by the file's own times. */
export function Player({ playable, onTake }: PlayerProps) {
  const { opened, error } = usePlayable(playable);
  if (error !== null) return <Note kind="problem">{explain(error)}</Note>;
  return opened && <Screen {...opened} onTake={onTake} />;
}

function Screen({ address, preflight, onTake }: Opened & Pick<PlayerProps, 'onTake'>) {
  const video = useRef<HTMLVideoElement>(null);
  const isUnplayable = useSignal(false);
  const isPlaying = useSignal(false);
  const frame = useSignal(0);
  /** Where the first frame is on the clock of the player. */
  const begin = useRef<number | null>(null);
  const times = preflight.times.value;
  const playhead = useMemo(() => times && new Playhead(times), [times]);
  useEffect(() => preflight.learnTimes(), [preflight.facts.value]);
  useEffect(() => {
    if (video.current === null) return;
    return followFrames(video.current, (seconds) => {
      begin.current ??= video.current?.currentTime === 0 ? seconds : (times?.start ?? 0);
      if (playhead) frame.value = playhead.shownAt(seconds - begin.current);
    });
  }, [playhead]);
  const show = (wanted: number) => {
    if (!playhead || video.current === null) return;
    frame.value = playhead.nearest(wanted);
    video.current.pause();
    video.current.currentTime = (begin.current ?? 0) + playhead.within(frame.value);
  };
  const play = () => {
    if (isPlaying.value) video.current?.pause();
    else void video.current?.play().catch(() => {});
  };
  if (isUnplayable.value) return <Note kind="warning">{t('unplayable')}</Note>;
  return (
    <div class="player">
      <video
        ref={video}
        src={address}
        muted
        playsInline
        preload="auto"
        aria-label={t('video')}
        onPlay={() => (isPlaying.value = true)}
        onPause={() => (isPlaying.value = false)}
        onError={() => (isUnplayable.value = true)}
      />
      {playhead ? (
        <Controls
          playhead={playhead}
          frame={frame.value}
          isPlaying={isPlaying.value}
          onShow={show}
          onPlay={play}
          onTake={onTake}
        />
      ) : (
        <p class="hint">{t(preflight.isUnreadable.value ? 'noTimes' : 'reading')}</p>
      )}
      {playhead && preflight.facts.value?.frames === null && <p class="hint">{t('about')}</p>}
    </div>
  );
}
