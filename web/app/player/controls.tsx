import type { Signal } from '@preact/signals';
import { toast } from '../ui/announce';
import { Button } from '../ui/button';
import { clock, number } from '../words';
import type { Playhead } from './playhead';
import { t } from './words';

interface ControlsProps {
  playhead: Playhead;
  frame: Signal<number>;
  isPlaying: boolean;
  onShow: (frame: number) => void;
  onPlay: () => void;
  onTake: (time: string) => boolean;
}

/** From frame to frame, by buttons, a slider, or keys. */
export function Controls(props: ControlsProps) {
  const { playhead, isPlaying, onShow, onPlay } = props;
  const frame = props.frame.value;
  const time = clock(playhead.at(frame), 6);
  const take = () => {
    const isNew = props.onTake(playhead.exactTime(frame));
    toast(t(isNew ? 'taken' : 'takenBefore', { time }));
  };
  const press = (event: KeyboardEvent) => {
    const act = actionOf(event, { ...props, take });
    if (act === null) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a set of fields has no keys of its own
    <div class="player-controls" role="group" aria-label={t('label')} onKeyDown={press}>
      <input
        type="range"
        min={0}
        max={playhead.frames - 1}
        value={frame}
        aria-label={t('frame')}
        aria-valuetext={time}
        onInput={(event) => onShow(event.currentTarget.valueAsNumber)}
      />
      <div class="player-bar">
        <Button kind="quiet" icon="back" iconOnly onClick={() => onShow(props.frame.peek() - 1)}>
          {t('before')}
        </Button>
        <Button kind="quiet" icon={isPlaying ? 'pause' : 'play'} iconOnly onClick={onPlay}>
          {t(isPlaying ? 'pause' : 'play')}
        </Button>
        <Button kind="quiet" icon="next" iconOnly onClick={() => onShow(props.frame.peek() + 1)}>
          {t('next')}
        </Button>
        <p class="figures">
          {t('at', { time, n: number(frame + 1), total: number(playhead.frames) })}
        </p>
        <Button icon="plus" onClick={take}>
          {t('take')}
        </Button>
      </div>
      <p class="hint">{t('keys')}</p>
    </div>
  );
}

/** What a key does; a button that has the focus keeps its own. */
function actionOf(
  { key, shiftKey, ctrlKey, target }: KeyboardEvent,
  { playhead, frame, onShow, onPlay, take }: ControlsProps & { take: () => void },
): (() => void) | null {
  const isOfButton = target instanceof HTMLButtonElement;
  // Not the one that was drawn: the key before this may have led on meanwhile.
  const from = frame.peek();
  switch (key) {
    case 'ArrowLeft':
      return () => onShow(shiftKey ? playhead.after(from, -1) : from - 1);
    case 'ArrowRight':
      return () => onShow(shiftKey ? playhead.after(from, 1) : from + 1);
    case 'Home':
      return () => onShow(0);
    case 'End':
      return () => onShow(playhead.frames - 1);
    case ' ':
      return isOfButton ? null : onPlay;
    case 'Enter':
      return isOfButton || ctrlKey ? null : take;
    default:
      return null;
  }
}
