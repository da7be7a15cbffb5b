/** Preflight beside the page: reads a file's index, forecasts its frames, draws previews. */
import { type VideoSample, VideoSampleSink } from 'mediabunny';
import type { Recipe } from '../api/client';
import { type Drawing, draw, drawingsOf } from './drawing';
import { type OpenFile, openFile } from './index-of-file';
import type { Forecast, FrameTimes, Question, Reply } from './messages';
import { Nothing, timeOf, wantedFrames } from './sampling';

const SHOWN = 12;
const QUALITY = 0.8;

let open: OpenFile | null = null;
let drawing = new AbortController();

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
    case 'times':
      if (open !== null) reply({ kind: 'times', times: frameTimes(open) });
      break;
    case 'forecast':
      if (open === null) break;
      reply({ kind: 'forecast', id: question.id, forecast: forecastOf(open, question.recipe) });
      break;
    case 'preview':
      drawing.abort();
      drawing = new AbortController();
      await preview(question, drawing.signal).catch(() => {});
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

function frameTimes({ scan }: OpenFile): FrameTimes {
  const [first = 0] = scan.timestamps;
  return {
    ticks: Float64Array.from(scan.timestamps, (timestamp) => timestamp - first),
    tick: scan.timeBase.toString(),
    start: scan.videoStart.toNumber(),
  };
}

type PreviewQuestion = Extract<Question, { kind: 'preview' }>;

async function preview({ id, times, width }: PreviewQuestion, stop: AbortSignal): Promise<void> {
  if (open === null || !open.facts.canPreview) return;
  const { track, scan, facts } = open;
  const canvas = new OffscreenCanvas(width, Math.round((width * facts.height) / facts.width));
  const show = async ({ index, isExact }: Drawing, sample: VideoSample) => {
    const picture = await pictureOf(sample, canvas);
    if (!stop.aborted) reply({ kind: 'preview', id, index, isExact, picture });
  };
  await draw(new VideoSampleSink(track), drawingsOf(scan, times), show, stop);
}

function pictureOf(sample: VideoSample, canvas: OffscreenCanvas): Promise<Blob> {
  const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
  sample.draw(context, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY });
}
