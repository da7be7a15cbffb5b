/** Draws previews as long as they are wanted: what nobody waits for any more is not even decoded. */
import type { VideoSample, VideoSampleSink } from 'mediabunny';
import type { Scan } from './sampling';

/** A frame that is to be drawn. */
export interface Drawing {
  /** Of which preview. */
  index: number;
  /** Seconds on the track's clock. */
  at: number;
  isExact: boolean;
}

/** For each time the keyframe before it, which is there at once; and then the exact frames. */
export function drawingsOf(scan: Scan, times: readonly number[]): Drawing[] {
  const tick = scan.timeBase.toNumber();
  const start = (scan.timestamps[0] ?? 0) * tick;
  const keyframes = scan.timestamps.filter((_, position) => scan.isKeyframe[position]);
  const [first, later]: [Drawing[], Drawing[]] = [[], []];
  for (const [index, time] of times.entries()) {
    const exact = { index, at: start + time + tick / 2, isExact: true };
    const key = keyframes.findLast((ticks) => ticks * tick <= exact.at);
    if (key === undefined || exact.at - key * tick < tick) first.push(exact);
    else {
      first.push({ index, at: key * tick + tick / 2, isExact: false });
      later.push(exact);
    }
  }
  return [...first, ...later];
}

/** Have one frame after the other shown; `stop` ends this in the midst of decoding. */
export async function draw(
  sink: Pick<VideoSampleSink, 'samplesAtTimestamps'>,
  drawings: readonly Drawing[],
  show: (drawing: Drawing, sample: VideoSample) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  const samples = sink.samplesAtTimestamps(drawings.map(({ at }) => at));
  const end = () => void samples.return();
  stop.addEventListener('abort', end);
  try {
    let count = 0;
    for await (const sample of samples) {
      const drawing = drawings[count++];
      if (drawing && sample) await show(drawing, sample).finally(() => sample.close());
    }
  } finally {
    stop.removeEventListener('abort', end);
  }
}
