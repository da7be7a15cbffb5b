import { useComputed } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { clock } from '../words';
import type { Gallery } from './gallery';
import { pathOf, placeOnStrip, timesIn, WIDTH } from './strip-marks';
import { words } from './words';

const HEIGHT = 10;
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
  const bar = useRef<HTMLDivElement>(null);
  const { list, picks, duration, extraction } = gallery;
  const scale = { duration, seconds: (position: number) => list.seconds(position) };
  const marks = useComputed(() => {
    const isKnown = list.known.value > 0;
    const path = (ranges: typeof picks.picked.value) =>
      isKnown ? pathOf(ranges, scale, HEIGHT) : '';
    return { picked: path(picks.picked.value), rejected: path(picks.rejected.value) };
  }).value;
  const [first, last] = gallery.seen.value;
  const secondsAt = (place: number) => list.seconds(gallery.view.value.at(place));
  const [from, to] = [secondsAt(first), secondsAt(last)];
  const jump = (seconds: number) => gallery.goToTime(Math.max(0, Math.min(duration, seconds)));
  const jumpToPointer = ({ clientX }: PointerEvent) => {
    const { left, width } = (bar.current as HTMLElement).getBoundingClientRect();
    jump(((clientX - left) / width) * duration);
  };
  return (
    <div
      ref={bar}
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
        jumpToPointer(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) jumpToPointer(event);
      }}
      onKeyDown={(event) => {
        const step = STEPS[event.key];
        if (event.key === 'Home') jump(0);
        else if (event.key === 'End') jump(duration);
        else if (step !== undefined) jump(from + (step * duration) / 100);
        else return;
        event.preventDefault();
      }}
    >
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
      <span
        class="strip-view"
        style={{
          insetInlineStart: `${placeOnStrip(from, duration) / 10}%`,
          insetInlineEnd: `${100 - placeOnStrip(to, duration) / 10}%`,
        }}
      />
    </div>
  );
}
