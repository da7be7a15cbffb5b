import { useState } from 'preact/hooks';
import { isForPage } from '../keys/keys';
import { save } from '../library/actions';
import { toast } from '../ui/announce';
import { Button } from '../ui/button';
import { Modal } from '../ui/modal';
import { bytes, clock, number, t } from '../words';
import type { Frame } from './frames';

interface FrameDialogProps {
  frames: readonly Frame[];
  position: number;
  onMove: (position: number) => void;
  onClose: () => void;
  /** Fetch the frames' addresses anew: they are good for an hour or two. */
  onExpired: () => Promise<void>;
}

const MOST_TRIES = 3;

/** One frame as large as the window. */
export function FrameDialog({ frames, position, onMove, onClose, onExpired }: FrameDialogProps) {
  const frame = frames[position];
  const [tries, again] = useState(0);
  if (frame === undefined) return null;
  const move = (step: number) => {
    const target = Math.max(0, Math.min(frames.length - 1, position + step));
    onMove(target);
  };
  const time = clock(frame.time_seconds, 6);
  return (
    <Modal
      class="loupe"
      aria-label={t('loupe.label', { time })}
      onClose={onClose}
      onKeyDown={(event) => {
        const step = STEPS[event.key];
        if (step !== undefined) move(step);
        else if (event.key === 'C' && isForPage(event)) void copyTime(time);
        else return;
        event.preventDefault();
      }}
    >
      <div class="loupe-picture">
        <img
          key={`${frame.name} ${tries}`}
          src={frame.url}
          alt={t('loupe.picture', { time })}
          onError={() => tries < MOST_TRIES && void onExpired().then(() => again(tries + 1))}
        />
      </div>
      <div class="loupe-bar">
        <Button kind="quiet" icon="back" iconOnly onClick={() => move(-1)}>
          {t('loupe.before')}
        </Button>
        <Button kind="quiet" icon="next" iconOnly onClick={() => move(1)}>
          {t('loupe.after')}
        </Button>
        <p class="figures">
          <strong>{time}</strong>{' '}
          <span class="hint">
            {t('loupe.line', {
              n: number(position + 1),
              total: number(frames.length),
              size: bytes(frame.size_bytes),
            })}
          </span>
        </p>
        <Button kind="quiet" icon="copy" onClick={() => void copyTime(time)}>
          {t('loupe.copyTime')}
        </Button>
        <Button kind="quiet" icon="download" onClick={() => save(frame.url, frame.name)}>
          {t('download')}
        </Button>
        <Button kind="quiet" icon="close" iconOnly onClick={onClose}>
          {t('close')}
        </Button>
      </div>
    </Modal>
  );
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -10,
  ArrowDown: 10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

async function copyTime(time: string): Promise<void> {
  await navigator.clipboard.writeText(time);
  toast(t('copied'));
}
