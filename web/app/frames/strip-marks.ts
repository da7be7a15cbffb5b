/** What the strip shows of a whole video: marks at times, as the path of a drawing 1,000 wide. */
import type { Range, Ranges } from './ranges';

export const WIDTH = 1000;
const LEAST = 1.5;

/** Where times are on the strip. */
export interface Scale {
  duration: number;
  seconds: (position: number) => number;
}

export function placeOnStrip(seconds: number, duration: number): number {
  return duration <= 0 ? 0 : Math.min(WIDTH, Math.max(0, (WIDTH * seconds) / duration));
}

/** A path that covers the frames of ranges; those that nobody could tell apart are drawn as one. */
export function pathOf(ranges: Ranges, { duration, seconds }: Scale, height: number): string {
  const drawn: [number, number][] = [];
  for (const range of ranges) {
    const [start, end] = stretch(range, duration, seconds);
    const last = drawn.at(-1);
    if (last !== undefined && start <= last[1] + 0.5) last[1] = Math.max(last[1], end);
    else drawn.push([start, end]);
  }
  return drawn.map(([start, end]) => `M${start} 0H${end}V${height}H${start}Z`).join('');
}

function stretch(
  [start, end]: Range,
  duration: number,
  seconds: (position: number) => number,
): [number, number] {
  const left = round(placeOnStrip(seconds(start), duration));
  const right = round(placeOnStrip(seconds(end - 1), duration));
  return [Math.min(left, WIDTH - LEAST), Math.min(WIDTH, Math.max(right, left + LEAST))];
}

function round(place: number): number {
  return Math.round(place * 2) / 2;
}

/** Times that a warning names, in seconds, as far as the video has them: `00:01:23.456`. */
export function timesIn(detail: string, duration: number): number[] {
  return [...detail.matchAll(/\b(\d+):(\d{2}):(\d{2}\.\d{3})/g)]
    .map(([, hours, minutes, seconds]) => {
      return 3600 * Number(hours) + 60 * Number(minutes) + Number(seconds);
    })
    .filter((seconds) => seconds <= duration + 0.001);
}
