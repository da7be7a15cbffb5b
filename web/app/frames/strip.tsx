import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { clock } from '../words';
import type { Gallery } from './gallery';
import { spriteOf } from './sprite';
import { pathOf, placeOnStrip, timesIn, WIDTH } from './strip-marks';
import { words } from './words';

const HEIGHT = 10;
/** Pixels of the picture of what the pointer is on. */
const GLANCE_WIDTH = 144;
const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
};

/** The whole length of the video: where the view is, and where frames are picked. */
export function Strip({ gallery }: { gallery: Gallery }) {
  const { list, duration } = gallery;
  const [first, last] = gallery.seen.value;
  const secondsAt = (place: number) => list.seconds(gallery.view.value.at(place));
  const [from, to] = [secondsAt(first), secondsAt(last)];
  const jump = (seconds: number) => gallery.goToTime(Math.max(0, Math.min(duration, seconds)));
  /** The share of the video that the pointer is on; null where there is none. */
  const pointed = useSignal<number | null>(null);
  const point = ({ clientX, currentTarget }: PointerOn) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    pointed.value = Math.max(0, Math.min(1, (clientX - left) / width));
    return pointed.value * duration;
  };
  return (
    <div class="strip-room" data-edge="upper">
      <div
        class="strip"
        role="slider"
        tabIndex={0}
        aria-label={words('strip.label')}
        aria-valuemin={0}
        aria-valuemax={Math.round(duration)}
        aria-valuenow={Math.round(from)}
        aria-valuetext={words('strip.value', { from: clock(from), to: clock(to) })}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          jump(point(event));
        }}
        onPointerMove={(event) => {
          const seconds = point(event);
          if (event.currentTarget.hasPointerCapture(event.pointerId)) jump(seconds);
        }}
        onPointerLeave={() => (pointed.value = null)}
        onKeyDown={(event) => {
          const step = STEPS[event.key];
          if (event.key === 'Home') jump(0);
          else if (event.key === 'End') jump(duration);
          else if (step !== undefined) jump(from + (step * duration) / 100);
          else return;
          event.preventDefault();
        }}
      >
        <Marks gallery={gallery} />
        <span
          class="strip-view"
          style={{
            insetInlineStart: `${placeOnStrip(from, duration) / 10}%`,
            insetInlineEnd: `${100 - placeOnStrip(to, duration) / 10}%`,
          }}
        />
      </div>
      {pointed.value !== null && <Glance gallery={gallery} share={pointed.value} />}
    </div>
  );
}

type PointerOn = PointerEvent & { currentTarget: HTMLElement };

/** What is picked, what is rejected, and the times that a warning names. */
function Marks({ gallery }: { gallery: Gallery }) {
  const { list, picks, duration, extraction } = gallery;
  const scale = { duration, seconds: (position: number) => list.seconds(position) };
  const marks = useComputed(() => {
    const isKnown = list.known.value > 0;
    const path = (ranges: typeof picks.picked.value) =>
      isKnown ? pathOf(ranges, scale, HEIGHT) : '';
    return { picked: path(picks.picked.value), rejected: path(picks.rejected.value) };
  }).value;
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="strip-rejected" d={marks.rejected} />
      <path class="strip-picked" d={marks.picked} />
      {extraction.warnings
        .flatMap(({ detail }) => timesIn(detail, duration))
        .map((seconds) => (
          <rect
            key={seconds}
            class="strip-warning"
            x={Math.min(WIDTH - 4, placeOnStrip(seconds, duration))}
            width={4}
            height={HEIGHT}
          />
        ))}
    </svg>
  );
}

/** What is at a place of the strip: its time, and its thumbnail as soon as that is there. */
function Glance({ gallery, share }: { gallery: Gallery; share: number }) {
  const { list, pictures, duration, ratio } = gallery;
  const tile = list.isWhole ? list.tileAt(list.positionAt(share * duration)) : null;
  useEffect(() => {
    if (tile !== null) pictures.wantAlso(tile.sheet);
  }, [tile?.sheet]);
  return (
    <div class="glance" aria-hidden="true" style={{ '--at': `${100 * share}%` }}>
      <div
        class="frame"
        style={{
          inlineSize: `${GLANCE_WIDTH}px`,
          blockSize: `${GLANCE_WIDTH / ratio}px`,
          ...spriteOf(gallery, tile, GLANCE_WIDTH),
        }}
      />
      <time>{clock(share * duration, 1)}</time>
    </div>
  );
}
