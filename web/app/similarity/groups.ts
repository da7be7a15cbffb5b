/** Frames that follow one another and look alike, and which of them is the sharpest. */
import { type Ranges, rangesOf } from '../frames/ranges';
import { CELLS } from './look';

/** Luminances of 256 by which two coarse pictures may differ: in the mean, and in any cell. */
const MEAN = 3;
const MOST = 24;

/** What is known of frames in order: a coarse picture of each, one behind the other. */
export interface Looks {
  coarse: Uint8Array;
  sharpness: Float32Array;
}

/** The groups that have more than one frame, each as the positions `[start, end)`. */
export function groupsOf({ coarse, sharpness }: Looks): (readonly [number, number])[] {
  const groups: (readonly [number, number])[] = [];
  let start = 0;
  for (let position = 1; position <= sharpness.length; position++) {
    if (position < sharpness.length && areAlike(coarse, start, position)) continue;
    if (position - start > 1) groups.push([start, position]);
    start = position;
  }
  return groups;
}

/** Compared with the first of a group: a slow movement is no long row of duplicates. */
function areAlike(coarse: Uint8Array, one: number, other: number): boolean {
  let sum = 0;
  for (let cell = 0; cell < CELLS; cell++) {
    const difference = Math.abs(
      (coarse[one * CELLS + cell] as number) - (coarse[other * CELLS + cell] as number),
    );
    if (difference > MOST) return false;
    sum += difference;
  }
  return sum <= MEAN * CELLS;
}

export interface Duplicates {
  /** Of each group one. */
  sharpest: Ranges;
  /** All others of the groups. */
  others: Ranges;
}

export function duplicatesOf(looks: Looks): Duplicates {
  const sharpest: number[] = [];
  const others: number[] = [];
  for (const [start, end] of groupsOf(looks)) {
    const best = sharpestOf(looks.sharpness, start, end);
    sharpest.push(best);
    for (let position = start; position < end; position++) {
      if (position !== best) others.push(position);
    }
  }
  return { sharpest: rangesOf(sharpest), others: rangesOf(others) };
}

function sharpestOf(sharpness: Float32Array, start: number, end: number): number {
  let best = start;
  for (let position = start + 1; position < end; position++) {
    if ((sharpness[position] as number) > (sharpness[best] as number)) best = position;
  }
  return best;
}
