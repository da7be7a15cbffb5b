/**
 * Which frames of a video a recipe wants: the engine's rules (`docs/engine.md`), held to the engine's
 * own test vectors. A time is compared with a tolerance of half a tick of the video's clock, and never
 * of more than a millisecond.
 */
import type { Recipe } from '../api/client';
import { earlier, Fraction, later } from './fraction';

/** The frames of a video in the order they are shown. */
export interface Scan {
  timeBase: Fraction;
  /** Ascending, in ticks of the time base. */
  timestamps: readonly number[];
  isKeyframe: readonly boolean[];
  /** The tick at which the last frame ends. */
  end: number;
  /** When the video begins, on the file's clock. */
  videoStart: Fraction;
}

export interface WantedFrames {
  /** Indices of frames, ascending and distinct. */
  positions: number[];
  /** The sample times each of them answers; none for spans and scenes. */
  samples: Fraction[][];
  /** False where the frames themselves decide how many there are: scenes. */
  isExact: boolean;
  atMost: number;
}

/** Why a recipe gives nothing, or too much. */
export class Nothing extends Error {
  constructor(readonly code: 'nothing_selected' | 'too_many_frames') {
    super(code);
  }
}

const MAX_SAMPLE_TIMES = 1_000_000n;
const MAX_TOLERANCE = Fraction.of(1n, 1000n);
const SECONDS_PER_SCENE = Fraction.of(4n);

class Clock {
  readonly tolerance: Fraction;

  constructor(
    readonly base: Fraction,
    readonly first: number,
    readonly firstAt: Fraction,
  ) {
    this.tolerance = earlier(base.over(Fraction.of(2n)), MAX_TOLERANCE);
  }

  /** The latest timestamp that is not later than a time. */
  lastAt(time: Fraction): number {
    const ticks = time.minus(this.firstAt).plus(this.tolerance).over(this.base).floor();
    return this.first + Number(ticks);
  }

  /** The earliest timestamp that is not earlier than a time. */
  firstAfter(time: Fraction): number {
    const ticks = time.minus(this.firstAt).minus(this.tolerance).over(this.base).floor();
    return this.first + Number(ticks) + 1;
  }

  seconds(timestamp: number): Fraction {
    return Fraction.of(BigInt(timestamp - this.first))
      .times(this.base)
      .plus(this.firstAt);
  }
}

interface Range {
  clock: Clock;
  begin: Fraction;
  end: Fraction;
  from: Fraction;
  to: Fraction;
}

/** The frames that a recipe wants. Throws `Nothing`. */
export function wantedFrames(scan: Scan, recipe: Recipe): WantedFrames {
  const range = rangeOf(scan, recipe);
  const sampling = recipe.sampling ?? { mode: 'interval', seconds: '1' };
  const { from, to } = range;
  if (!from.isBefore(to)) throw new Nothing('nothing_selected');
  switch (sampling.mode) {
    case 'count':
      return onGrid(scan, range, from, to.minus(from).over(Fraction.of(BigInt(sampling.count))));
    case 'fps':
      return onGrid(scan, range, startOf(recipe), Fraction.of(1n).over(exact(sampling.fps)));
    case 'times':
      return atTimes(scan, range, recipe, sampling.times as (string | number)[]);
    case 'scene':
      return scenes(scan, range, exact(sampling.min_distance ?? 1));
    case 'keyframes':
      return asSpan(within(scan, range, true));
    case 'all':
      return asSpan(within(scan, range, false));
    default:
      return onGrid(scan, range, startOf(recipe), exact(sampling.seconds ?? 1));
  }
}

/** The time of a frame, in seconds from the video's first. */
export function timeOf(scan: Scan, position: number): Fraction {
  const ticks = (scan.timestamps[position] ?? 0) - (scan.timestamps[0] ?? 0);
  return Fraction.of(BigInt(ticks)).times(scan.timeBase);
}

/** An exact fraction of what a recipe holds. */
export function exact(value: string | number): Fraction {
  const parsed = Fraction.parse(String(value));
  if (parsed === null) throw new RangeError(`not a number: ${value}`);
  return parsed;
}

function startOf(recipe: Recipe): Fraction {
  return exact(recipe.start ?? 0);
}

function rangeOf(scan: Scan, recipe: Recipe): Range {
  const begin = recipe.origin === 'file' ? scan.videoStart : Fraction.ZERO;
  const clock = new Clock(scan.timeBase, scan.timestamps[0] ?? 0, begin);
  const end = clock.seconds(scan.end);
  const to = recipe.end == null ? end : earlier(exact(recipe.end), end);
  return { clock, begin, end, from: later(startOf(recipe), begin), to };
}

function onGrid(scan: Scan, range: Range, origin: Fraction, step: Fraction): WantedFrames {
  const { clock } = range;
  const early = clock.firstAt.minus(clock.tolerance).minus(origin).over(step).ceil();
  const first = early > 0n ? early : 0n;
  const last = range.to.minus(origin).over(step).ceil();
  if (last - first > MAX_SAMPLE_TIMES) throw new Nothing('too_many_frames');
  if (last <= first) throw new Nothing('nothing_selected');
  const times: Fraction[] = [];
  for (let k = first; k < last; k++) times.push(origin.plus(step.times(Fraction.of(k))));
  return answering(scan, clock, times);
}

function atTimes(
  scan: Scan,
  range: Range,
  recipe: Recipe,
  asked: readonly (string | number)[],
): WantedFrames {
  const end = recipe.end == null ? null : exact(recipe.end);
  const earliest = range.begin.minus(range.clock.tolerance);
  const times = requested(asked, range.end).filter(
    (time) =>
      !time.isBefore(startOf(recipe)) &&
      (end === null || time.isBefore(end)) &&
      !time.isBefore(earliest) &&
      (time.isBefore(range.end) || (asksForEnd(asked) && time.compare(range.end) === 0)),
  );
  if (times.length === 0) throw new Nothing('nothing_selected');
  return answering(scan, range.clock, times);
}

/** Ascending and distinct; per cent are of the time at which the video ends. */
function requested(asked: readonly (string | number)[], end: Fraction): Fraction[] {
  const times = asked.map((time) => percentOf(time)?.times(end) ?? exact(time));
  times.sort((a, b) => a.compare(b));
  return times.filter((time, index) => index === 0 || time.compare(times[index - 1] as Fraction));
}

function percentOf(time: string | number): Fraction | null {
  if (typeof time !== 'string' || !time.endsWith('%')) return null;
  return exact(time.slice(0, -1)).over(Fraction.of(100n));
}

function asksForEnd(asked: readonly (string | number)[]): boolean {
  return asked.some((time) => percentOf(time)?.compare(Fraction.of(1n)) === 0);
}

function answering(scan: Scan, clock: Clock, times: readonly Fraction[]): WantedFrames {
  const positions: number[] = [];
  const samples: Fraction[][] = [];
  let position = 0;
  for (const time of times) {
    const latest = clock.lastAt(time);
    while ((scan.timestamps[position + 1] ?? Number.POSITIVE_INFINITY) <= latest) position++;
    if (positions.at(-1) === position) samples.at(-1)?.push(time);
    else {
      positions.push(position);
      samples.push([time]);
    }
  }
  return { positions, samples, isExact: true, atMost: positions.length };
}

function within(scan: Scan, { clock, from, to }: Range, keyframesOnly: boolean): number[] {
  const [first, end] = [clock.firstAfter(from), clock.firstAfter(to)];
  const positions: number[] = [];
  scan.timestamps.forEach((timestamp, position) => {
    const isInside = timestamp >= first && timestamp < end;
    if (isInside && (!keyframesOnly || scan.isKeyframe[position])) positions.push(position);
  });
  if (positions.length === 0) throw new Nothing('nothing_selected');
  return positions;
}

function asSpan(positions: number[]): WantedFrames {
  return { positions, samples: [], isExact: true, atMost: positions.length };
}

/** How many scenes there are, only the pictures tell: here, frames as far apart as shots are. */
function scenes(scan: Scan, range: Range, minDistance: Fraction): WantedFrames {
  const positions = within(scan, range, false);
  const length = range.to.minus(range.from);
  const atMost =
    minDistance.numerator === 0n
      ? positions.length
      : Math.min(positions.length, Number(length.over(minDistance).ceil()));
  const likely = Math.min(atMost, Number(length.over(SECONDS_PER_SCENE).ceil()));
  const apart = positions.length / likely;
  return {
    positions: Array.from({ length: likely }, (_, k) => positions[Math.floor(k * apart)] ?? 0),
    samples: [],
    isExact: false,
    atMost,
  };
}
