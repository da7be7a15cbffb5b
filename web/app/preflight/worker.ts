/** Preflight beside the page: reads a file's index, forecasts its frames, draws previews. */
import { CanvasSink } from 'mediabunny';
import type { Recipe } from '../api/client';
import { type OpenFile, openFile } from './index-of-file';
import type { Forecast, Question, Reply } from './messages';
import { Nothing, timeOf, wantedFrames } from './sampling';

const SHOWN = 12;
const QUALITY = 0.8;

let open: OpenFile | null = null;
let newestPreview = 0;

function reply(message: Reply): void {
  postMessage(message);
}

addEventListener('message', ({ data }: MessageEvent<Question>) => void answerTo(data));

async function answerTo(question: Question): Promise<void> {
  switch (question.kind) {
    case 'open':
      open = await openFile(question.file).catch(() => null);
      reply(open === null ? { kind: 'unreadable' } : { kind: 'facts', facts: open.facts });
      break;
    case 'forecast':
      if (open === null) break;
      reply({ kind: 'forecast', id: question.id, forecast: forecastOf(open, question.recipe) });
      break;
    case 'preview':
      newestPreview = question.id;
      await preview(question.id, question.times, question.width).catch(() => {});
  }
}

function forecastOf({ scan, facts }: OpenFile, recipe: Recipe): Forecast {
  try {
    const { positions, isExact, atMost } = wantedFrames(scan, recipe);
    const frames = isExact ? positions.length : atMost;
    const shown = spread(positions).map((position) => timeOf(scan, position).toNumber());
    return { frames, isExact: isExact && facts.frames !== null, shown, problem: null };
  } catch (error) {
    if (!(error instanceof Nothing)) throw error;
    return { frames: 0, isExact: true, shown: [], problem: error.code };
  }
}

/** Up to twelve of the positions, evenly spread, the first among them. */
function spread(positions: readonly number[]): number[] {
  if (positions.length <= SHOWN) return [...positions];
  const apart = positions.length / SHOWN;
  return Array.from({ length: SHOWN }, (_, k) => positions[Math.floor(k * apart)] ?? 0);
}

/** Draw the keyframe before each time at once, and then the exact frames. */
async function preview(id: number, times: readonly number[], width: number): Promise<void> {
  if (open === null || !open.facts.canPreview) return;
  const { track, scan } = open;
  const sink = new CanvasSink(track, { width });
  const start = (scan.timestamps[0] ?? 0) * scan.timeBase.toNumber();
  const half = scan.timeBase.toNumber() / 2;
  const keyframes = scan.timestamps.filter((_, position) => scan.isKeyframe[position]);
  const seconds = (ticks: number) => ticks * scan.timeBase.toNumber();
  for (const isExact of [false, true]) {
    for (const [index, time] of times.entries()) {
      const at = start + time + half;
      const key = keyframes.findLast((ticks) => seconds(ticks) <= at);
      const isKey = key !== undefined && at - seconds(key) < 2 * half;
      if (isExact && isKey) continue;
      const drawn = await sink.getCanvas(isExact || key === undefined ? at : seconds(key) + half);
      if (newestPreview !== id) return;
      if (drawn === null) continue;
      const picture = await pictureOf(drawn.canvas as OffscreenCanvas);
      reply({ kind: 'preview', id, index, isExact: isExact || isKey, picture });
    }
  }
}

function pictureOf(canvas: OffscreenCanvas): Promise<Blob> {
  return canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY });
}
