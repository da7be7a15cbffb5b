/** The worker draws what was asked for last; what is outdated is given up in the midst of decoding. */
import { beforeEach, expect, test, vi } from 'vitest';
import { Fraction } from '../../app/preflight/fraction';
import type { Question, Reply } from '../../app/preflight/messages';

type Next = IteratorResult<FakeSample | null, void>;

class FakeSample {
  isClosed = false;
  draw(): void {}
  close(): void {
    this.isClosed = true;
  }
}

/** Frames as they are decoded: those that are given, and no others before it is ended. */
class FakeSamples {
  static made: FakeSamples[] = [];
  isEnded = false;
  private readonly given: FakeSample[] = [];
  private tell: () => void = () => {};

  constructor(readonly asked: readonly number[]) {
    FakeSamples.made.push(this);
  }

  give(...samples: FakeSample[]): void {
    this.given.push(...samples);
    this.tell();
  }

  async next(): Promise<Next> {
    while (this.given.length === 0 && !this.isEnded) {
      await new Promise<void>((resolve) => {
        this.tell = resolve;
      });
    }
    if (this.isEnded) return { value: undefined, done: true };
    return { value: this.given.shift() ?? null, done: false };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async return(): Promise<Next> {
    this.isEnded = true;
    this.tell();
    return { value: undefined, done: true };
  }
}

class FakeCanvas {
  constructor(
    readonly width: number,
    readonly height: number,
  ) {}
  getContext(): object {
    return {};
  }
  async convertToBlob(): Promise<Blob> {
    return new Blob([`${this.width}x${this.height}`]);
  }
}

const replies: Reply[] = [];
let ask: (question: Question) => void = () => {};
/** A second a frame; every third is a keyframe. */
const scan = {
  timeBase: Fraction.of(1n),
  timestamps: [0, 1, 2, 3, 4, 5],
  isKeyframe: [true, false, false, true, false, false],
  end: 6,
  videoStart: Fraction.ZERO,
};
const facts = { width: 320, height: 180, canPreview: true, frames: 6 };

vi.stubGlobal('OffscreenCanvas', FakeCanvas);
vi.stubGlobal('postMessage', (reply: Reply) => replies.push(reply));
vi.stubGlobal('addEventListener', (_: string, hear: (event: { data: Question }) => void) => {
  ask = (data) => hear({ data });
});
vi.mock('mediabunny', () => ({
  VideoSampleSink: class {
    samplesAtTimestamps(asked: number[]): FakeSamples {
      return new FakeSamples(asked);
    }
  },
}));
vi.mock('../../app/preflight/index-of-file', () => ({ openFile: async () => ({ facts, scan }) }));
await import('../../app/preflight/worker');

const settled = () => new Promise((resolve) => setTimeout(resolve));
const drawn = (wanted: number) =>
  replies.flatMap((each) =>
    each.kind === 'preview' && each.id === wanted ? [[each.index, each.isExact]] : [],
  );

beforeEach(async () => {
  FakeSamples.made = [];
  ask({ kind: 'open', file: new File([], 'clip.mp4') });
  await settled();
  replies.length = 0;
});

test('keyframes are drawn first, and then the exact frames that are none', async () => {
  ask({ kind: 'preview', id: 1, times: [0, 2, 4], width: 240 });
  const [samples] = FakeSamples.made as [FakeSamples];
  expect(samples.asked).toEqual([0.5, 0.5, 3.5, 2.5, 4.5]);
  const frames = samples.asked.map(() => new FakeSample());
  samples.give(...frames);
  await settled();
  expect(drawn(1)).toEqual([
    [0, true],
    [1, false],
    [2, false],
    [1, true],
    [2, true],
  ]);
  expect(frames.every(({ isClosed }) => isClosed)).toBe(true);
});

test('an outdated drawing is cancelled, whatever of it is being decoded', async () => {
  ask({ kind: 'preview', id: 1, times: [0, 2, 4], width: 240 });
  const [outdated] = FakeSamples.made as [FakeSamples];
  outdated.give(new FakeSample());
  await settled();
  expect(drawn(1)).toHaveLength(1);
  expect(outdated.isEnded).toBe(false);

  ask({ kind: 'preview', id: 2, times: [3], width: 240 });
  expect(outdated.isEnded).toBe(true);
  outdated.give(new FakeSample());
  FakeSamples.made[1]?.give(new FakeSample());
  await settled();
  expect(drawn(1)).toHaveLength(1);
  expect(drawn(2)).toEqual([[0, true]]);
});
