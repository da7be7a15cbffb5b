/** Which frames are shown, in order: all of them, or those that a filter leaves. */
import { positionsOf, type Ranges, sizeOf, whole } from './ranges';

export class View {
  /** Null where all are shown. */
  private readonly positions: readonly number[] | null;

  private constructor(
    readonly count: number,
    readonly ranges: Ranges,
    isWhole: boolean,
  ) {
    this.positions = isWhole ? null : positionsOf(ranges);
  }

  static all(count: number): View {
    return new View(count, whole(count), true);
  }

  static of(ranges: Ranges): View {
    return new View(sizeOf(ranges), ranges, false);
  }

  /** The position of the frame that is shown in a place. */
  at(place: number): number {
    return this.positions === null ? place : (this.positions[place] ?? -1);
  }

  /** The place of a frame, or of the next one that is shown, or of the last. */
  placeOf(position: number): number {
    if (this.positions === null) return Math.min(position, this.count - 1);
    let [low, high] = [0, this.positions.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.positions[middle] as number) < position) low = middle + 1;
      else high = middle;
    }
    return Math.min(low, this.count - 1);
  }

  /** The positions that are shown in the places `[from, to]`, whichever is the lesser. */
  between(from: number, to: number): number[] {
    const first = Math.min(from, to);
    return Array.from({ length: Math.abs(to - from) + 1 }, (_, index) => this.at(first + index));
  }
}
