import './player.css';
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { explain } from '../api/problems';
import { Note } from '../ui/note';
import { Controls } from './controls';
import { type Opened, type Playable, usePlayable } from './playable';
import { useFrames } from './use-frames';
import { t } from './words';

/** How often another address is asked for. */
const MOST_TURNS = 20;

interface PlayerProps {
  playable: Playable;
  /** Take a frame by its exact time; tells whether it was not among them. */
  onTake: (time: string) => boolean;
}

/** Plays a video frame by frame, by the file's own times. */
export function Player({ playable, onTake }: PlayerProps) {
  const turn = useSignal(0);
  const frame = useSignal(0);
  const { opened, error } = usePlayable(playable, turn.value);
  if (error !== null) return <Note kind="problem">{explain(error)}</Note>;
  const renew = turn.value < MOST_TURNS ? () => turn.value++ : null;
  return opened && <Screen {...opened} frame={frame} onTake={onTake} onExpired={renew} />;
}

interface ScreenProps extends Opened {
  /** The one that is shown, also after another address was asked for. */
  frame: Signal<number>;
  onTake: PlayerProps['onTake'];
  /** Ask for another address: it is good for a quarter of an hour. */
  onExpired: (() => void) | null;
}

function Screen({ address, preflight, frame, onTake, onExpired }: ScreenProps) {
  const video = useRef<HTMLVideoElement>(null);
  const screen = useRef<HTMLDivElement>(null);
  const isUnplayable = useSignal(false);
  const isPlaying = useSignal(false);
  const { playhead, show } = useFrames(video, preflight, frame);
  const isRead = playhead !== null;
  useEffect(() => screen.current?.scrollIntoView({ block: 'nearest' }), [isRead]);
  const fail = () => {
    const isCut = video.current?.error?.code === MediaError.MEDIA_ERR_NETWORK;
    if (isCut && onExpired !== null) onExpired();
    else isUnplayable.value = true;
  };
  const play = () => {
    if (isPlaying.value) video.current?.pause();
    else void video.current?.play().catch(() => {});
  };
  if (isUnplayable.value) return <Note kind="warning">{t('unplayable')}</Note>;
  return (
    <div ref={screen} class="player">
      <video
        ref={video}
        src={address}
        muted
        playsInline
        preload="auto"
        aria-label={t('video')}
        onPlay={() => (isPlaying.value = true)}
        onPause={() => (isPlaying.value = false)}
        onError={fail}
      />
      {playhead ? (
        <Controls
          playhead={playhead}
          frame={frame}
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
