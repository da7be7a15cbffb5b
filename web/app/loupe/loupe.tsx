import './loupe.css';
import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Frame } from '../frames/frame-list';
import type { Gallery } from '../frames/gallery';
import type { Mark } from '../frames/picks';
import { words } from '../frames/words';
import { isForPage } from '../keys/keys';
import { attempt, save } from '../library/actions';
import { toast } from '../ui/announce';
import { Button } from '../ui/button';
import { Modal } from '../ui/modal';
import { bytes, clock, number, t } from '../words';
import { copyPicture } from './copying';
import { Filmstrip } from './filmstrip';
import { Picture } from './picture';
import type { Sweep } from './sweep';

interface LoupeProps {
  gallery: Gallery;
  position: number;
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -10,
  ArrowDown: 10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};
const MARKS: Readonly<Record<string, Mark>> = { p: 'picked', x: 'rejected', u: null };

/** One frame as large as the window: to be looked at, kept or refused, and the next one. */
export function Loupe({ gallery, position }: LoupeProps) {
  const isWhole = useSignal(true);
  const frame = gallery.list.at(position) as Frame;
  const time = clock(frame.timeUs / 1e6, 6);
  const close = () => {
    gallery.opened.value = null;
  };
  const go = (step: number) => goBy(gallery, position, step);
  const mark = (next: Mark) => {
    gallery.picks.mark([position], next);
    go(1);
  };
  const sweep = (which: Sweep) => (which === 'close' ? close() : go(which === 'next' ? 1 : -1));
  const press = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const isCommand = event.ctrlKey || event.metaKey;
    if (step !== undefined && !event.altKey) go(step);
    else if (event.key === 'c' && isCommand && !hasSelectedText()) {
      void attempt(() => copyPicture(frame));
    } else if (!isForPage(event)) return;
    else if (event.key in MARKS) mark(MARKS[event.key] ?? null);
    else if (event.key === 'z') isWhole.value = !isWhole.value;
    else if (event.key === 'C') void copyText(time);
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    gallery.focused.value = position;
  }, [position]);
  return (
    <Modal class="loupe" aria-label={t('loupe.label', { time })} onClose={close} onKeyDown={press}>
      <Picture gallery={gallery} frame={frame} isWhole={isWhole} onSweep={sweep} />
      <Culling current={gallery.picks.markOf(position)} onMark={mark} />
      <Filmstrip
        gallery={gallery}
        position={position}
        onGo={(next) => (gallery.opened.value = next)}
      />
      <Bar
        gallery={gallery}
        frame={frame}
        time={time}
        isWhole={isWhole}
        onGo={go}
        onClose={close}
      />
    </Modal>
  );
}

interface BarProps extends FactsProps {
  isWhole: Signal<boolean>;
  onGo: (step: number) => void;
  onClose: () => void;
}

/** What is known of the frame, and what can be done with it. */
function Bar({ gallery, frame, time, isWhole, onGo, onClose }: BarProps) {
  return (
    <div class="loupe-bar">
      <Facts gallery={gallery} frame={frame} time={time} />
      <Button kind="quiet" icon="back" iconOnly onClick={() => onGo(-1)}>
        {t('loupe.before')}
      </Button>
      <Button kind="quiet" icon="next" iconOnly onClick={() => onGo(1)}>
        {t('loupe.after')}
      </Button>
      <Button
        kind="quiet"
        icon="zoom"
        iconOnly
        pressed={!isWhole.value}
        onClick={() => (isWhole.value = !isWhole.value)}
      >
        {words('loupe.oneToOne')}
      </Button>
      <Button
        kind="quiet"
        icon="picture"
        iconOnly
        onClick={() => attempt(() => copyPicture(frame))}
      >
        {words('loupe.copyPicture')}
      </Button>
      <Button kind="quiet" icon="copy" iconOnly onClick={() => void copyText(time)}>
        {t('loupe.copyTime')}
      </Button>
      <Button kind="quiet" icon="download" iconOnly onClick={() => save(frame.url, frame.name)}>
        {t('download')}
      </Button>
      <Button kind="quiet" icon="close" iconOnly onClick={onClose}>
        {t('close')}
      </Button>
    </div>
  );
}

/** Go on by so many of the frames that are shown. */
function goBy(gallery: Gallery, position: number, step: number): void {
  const view = gallery.view.value;
  const place = Math.max(0, Math.min(view.count - 1, view.placeOf(position) + step));
  gallery.opened.value = view.at(place);
}

interface CullingProps {
  current: Mark;
  onMark: (mark: Mark) => void;
}

/** Keep it, refuse it, or neither; each goes on to the next. */
function Culling({ current, onMark }: CullingProps) {
  return (
    <div class="culling">
      <Button icon="check" pressed={current === 'picked'} onClick={() => onMark('picked')}>
        {words('cull.pick')}
      </Button>
      <Button icon="close" pressed={current === 'rejected'} onClick={() => onMark('rejected')}>
        {words('cull.reject')}
      </Button>
      <Button kind="quiet" pressed={current === null} onClick={() => onMark(null)}>
        {words('cull.neither')}
      </Button>
    </div>
  );
}

interface FactsProps {
  gallery: Gallery;
  frame: Frame;
  time: string;
}

/** Time, place, size and hash; in words that can be selected. */
function Facts({ gallery, frame, time }: FactsProps) {
  const line = t('loupe.line', {
    n: number(frame.position + 1),
    total: number(gallery.list.total),
    size: bytes(frame.bytes),
  });
  return (
    <div class="loupe-facts">
      <p class="figures">
        <strong>{time}</strong> <span class="hint">{line}</span>
      </p>
      <details class="hint">
        <summary>SHA-256</summary>
        <p class="loupe-hash">
          {frame.name}
          <br />
          {frame.sha256}
        </p>
        <Button small icon="copy" onClick={() => void copyText(frame.sha256)}>
          {t('copy')}
        </Button>
      </details>
    </div>
  );
}

function hasSelectedText(): boolean {
  return getSelection()?.isCollapsed === false;
}

async function copyText(words: string): Promise<void> {
  await navigator.clipboard.writeText(words);
  toast(t('copied'));
}
