/** Which frame is shown when, by the file's own times; and how its time is written exactly. */
import { Fraction } from '../preflight/fraction';
import type { FrameTimes } from '../preflight/messages';

const MICROSECONDS = Fraction.of(1_000_000n);
/** A player's clock has microseconds: no two frames are nearer to each other than two of them. */
const TOLERANCE = 1e-6;

export class Playhead {
  readonly frames: number;
  private readonly tick: Fraction;
  private readonly seconds: Float64Array;

  constructor(private readonly times: FrameTimes) {
    this.tick = Fraction.parse(times.tick) ?? Fraction.of(1n);
    const tick = this.tick.toNumber();
    this.seconds = times.ticks.map((each) => each * tick);
    this.frames = times.ticks.length;
  }

  /** Seconds from the first frame. */
  at(frame: number): number {
    return this.seconds[frame] ?? 0;
  }

  /** The frame that is shown at a time: the last that is not later. */
  shownAt(seconds: number): number {
    let [low, high] = [0, this.frames - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.at(middle) <= seconds + TOLERANCE) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** A time at which the frame is shown for certain: half way to the next one. */
  within(frame: number): number {
    const next = this.seconds[frame + 1];
    return next === undefined ? this.at(frame) + TOLERANCE : (this.at(frame) + next) / 2;
  }

  nearest(frame: number): number {
    return Math.max(0, Math.min(this.frames - 1, frame));
  }

  /** The frame that is shown so many seconds before or after another. */
  after(frame: number, seconds: number): number {
    return this.shownAt(this.at(frame) + seconds);
  }

  /** The exact seconds, as a recipe takes them: `2.5`, or a fraction where that would not end. */
  exactTime(frame: number): string {
    const ticks = BigInt(this.times.ticks[frame] ?? 0);
    const exact = this.tick.times(Fraction.of(ticks));
    const scaled = exact.times(MICROSECONDS);
    return scaled.denominator === 1n ? String(exact.toNumber()) : exact.toString();
  }
}
