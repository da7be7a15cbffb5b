/** Sets of positions as ranges `[start, end)`: ascending, and none touches the next. */

export type Range = readonly [start: number, end: number];
export type Ranges = readonly Range[];

/** Every `step`-th position of `[start, end)`, as the API takes it. */
export interface SteppedRange {
  start: number;
  end: number;
  step: number;
}

export const NONE: Ranges = [];

export function whole(count: number): Ranges {
  return count > 0 ? [[0, count]] : NONE;
}

export function has(ranges: Ranges, position: number): boolean {
  const range = ranges[after(ranges, position) - 1];
  return range !== undefined && position < range[1];
}

/** How many of the ranges begin at or before a position. */
function after(ranges: Ranges, position: number): number {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle] as Range)[0] <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many positions there are in all. */
export function sizeOf(ranges: Ranges): number {
  return ranges.reduce((sum, [start, end]) => sum + end - start, 0);
}

export function positionsOf(ranges: Ranges): number[] {
  return ranges.flatMap(([start, end]) =>
    Array.from({ length: end - start }, (_, index) => start + index),
  );
}

/** Any ranges, in order and joined. */
export function joined(ranges: Iterable<Range>): Ranges {
  const found: [number, number][] = [];
  for (const [start, end] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = found.at(-1);
    if (start >= end) continue;
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else found.push([start, end]);
  }
  return found;
}

export function rangesOf(positions: Iterable<number>): Ranges {
  return joined(Array.from(positions, (position) => [position, position + 1] as const));
}

export function union(a: Ranges, b: Ranges): Ranges {
  return joined([...a, ...b]);
}

export function inverted(ranges: Ranges, count: number): Ranges {
  const ends = [0, ...ranges.flat(), count];
  const gaps = Array.from(
    { length: ends.length / 2 },
    (_, gap) => [ends[2 * gap] as number, Math.min(ends[2 * gap + 1] as number, count)] as const,
  );
  return gaps.filter(([start, end]) => start < end);
}

export function without(a: Ranges, b: Ranges): Ranges {
  return common(a, inverted(b, a.at(-1)?.[1] ?? 0));
}

/** What is in both. */
export function common(a: Ranges, b: Ranges): Ranges {
  const found: Range[] = [];
  for (let [i, j] = [0, 0]; i < a.length && j < b.length; ) {
    const [[aStart, aEnd], [bStart, bEnd]] = [a[i] as Range, b[j] as Range];
    const [start, end] = [Math.max(aStart, bStart), Math.min(aEnd, bEnd)];
    if (start < end) found.push([start, end]);
    if (aEnd < bEnd) i += 1;
    else j += 1;
  }
  return found;
}

/** The same positions in as few parts as there are: single ones at one distance are one part. */
export function stepped(ranges: Ranges): SteppedRange[] {
  const parts: SteppedRange[] = [];
  for (const [start, end] of ranges) {
    const last = parts.at(-1);
    const isSingle = end - start === 1;
    const distance = last === undefined ? 0 : start + 1 - last.end;
    if (isSingle && last !== undefined && isExtended(last, distance)) {
      last.step = distance;
      last.end = end;
    } else parts.push({ start, end, step: 1 });
  }
  return parts;
}

/** Whether one position so far behind a part goes on with it. */
function isExtended({ start, end, step }: SteppedRange, distance: number): boolean {
  return end - start === 1 || (step > 1 && step === distance);
}

/** `1-12,16,21-41/2`: counted from 1 and with both ends, as the command takes them. */
export function written(ranges: Ranges): string {
  return stepped(ranges)
    .map(({ start, end, step }) => {
      if (end - start === 1) return `${start + 1}`;
      return `${start + 1}-${end}${step === 1 ? '' : `/${step}`}`;
    })
    .join(',');
}

const WRITTEN = /^(\d{1,9})(?:-(\d{1,9})(?:\/([1-9]\d{0,8}))?)?$/;
const MOST = 1_000_000;

/** What `written` gives; null where it is something else, or more than any archive has. */
export function read(text: string): Ranges | null {
  const found: Range[] = [];
  for (const part of text.split(',')) {
    const match = WRITTEN.exec(part.trim());
    if (match === null) return null;
    const start = Number(match[1]) - 1;
    const end = Number(match[2] ?? match[1]);
    const step = Number(match[3] ?? 1);
    if (start < 0 || end <= start || end > MOST) return null;
    if (step === 1) found.push([start, end]);
    else for (let at = start; at < end; at += step) found.push([at, at + 1]);
  }
  return joined(found);
}
