/** What is known of a dropped file before anything of it is processed; in signals, as it comes. */
import { signal } from '@preact/signals';
import type { Recipe } from '../api/client';
import { startWorker } from '../trusted';
import type { Facts, Forecast, FrameTimes, Question, Reply, VideoFile } from './messages';
import workerAddress from './worker?worker&url';

export interface Preview {
  address: string;
  isExact: boolean;
}

const PREVIEW_WIDTH = 240;

/** A worker that no file has been given to yet. */
let waiting: Worker | null = null;

/** Start a worker for a file that will come soon, which then need not wait for it. */
export function expectFile(): void {
  if (waiting !== null) return;
  const worker = startWorker(workerAddress);
  // One that does not start is given no file: the next may.
  worker.addEventListener('error', () => {
    if (waiting === worker) waiting = null;
  });
  waiting = worker;
}

function takeWorker(): Worker {
  expectFile();
  const worker = waiting as Worker;
  waiting = null;
  return worker;
}

/** Have the worker's code in the browser's cache, before anybody thinks of a file. */
export async function fetchWorker(): Promise<void> {
  await (await fetch(workerAddress, { priority: 'low' })).blob();
}

export class Preflight {
  readonly facts = signal<Facts | null>(null);
  readonly isUnreadable = signal(false);
  readonly forecast = signal<Forecast | null>(null);
  /** Once they have been asked for. */
  readonly times = signal<FrameTimes | null>(null);
  readonly previews = signal<readonly (Preview | null)[]>([]);
  private readonly worker: Worker;
  private asked = 0;
  /** Which question the previews answer: the last one of other frames than before. */
  private previewing = 0;
  private previewed = '';

  constructor(
    file: VideoFile,
    /** Takes a picture that stands for the file; a better one may follow. */
    private readonly onPoster: (picture: Blob) => void = () => {},
  ) {
    this.worker = takeWorker();
    this.worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => this.hear(data));
    this.worker.addEventListener('error', () => {
      this.isUnreadable.value = true;
    });
    this.ask({ kind: 'open', file });
  }

  /** Ask which frames a recipe will give. */
  foresee(recipe: Recipe): void {
    this.asked += 1;
    this.ask({ kind: 'forecast', id: this.asked, recipe });
  }

  /** Ask when each frame is shown. */
  learnTimes(): void {
    this.ask({ kind: 'times' });
  }

  close(): void {
    this.worker.terminate();
    this.forgetPreviews();
  }

  private ask(question: Question): void {
    this.worker.postMessage(question);
  }

  private hear(reply: Reply): void {
    if (reply.kind === 'facts') this.facts.value = reply.facts;
    else if (reply.kind === 'unreadable') this.isUnreadable.value = true;
    else if (reply.kind === 'times') this.times.value = reply.times;
    else if (reply.kind === 'forecast') {
      if (reply.id === this.asked) this.show(reply.forecast);
    } else if (reply.id === this.previewing) {
      this.showPreview(reply.index, reply.isExact, reply.picture);
    }
  }

  private show(forecast: Forecast): void {
    this.forecast.value = forecast;
    const wanted = forecast.shown.join();
    if (wanted === this.previewed) return;
    this.previewed = wanted;
    this.previewing = this.asked;
    this.forgetPreviews();
    this.previews.value = forecast.shown.map(() => null);
    this.ask({
      kind: 'preview',
      id: this.previewing,
      times: forecast.shown,
      width: PREVIEW_WIDTH,
    });
  }

  private showPreview(index: number, isExact: boolean, picture: Blob): void {
    const previews = [...this.previews.value];
    // The first frame is often black.
    const isMiddle = index === Math.floor(previews.length / 2);
    if (isMiddle || previews.every((each) => each === null)) this.onPoster(picture);
    const before = previews[index];
    if (before) URL.revokeObjectURL(before.address);
    previews[index] = { address: URL.createObjectURL(picture), isExact };
    this.previews.value = previews;
  }

  private forgetPreviews(): void {
    for (const preview of this.previews.value) {
      if (preview !== null) URL.revokeObjectURL(preview.address);
    }
    this.previews.value = [];
  }
}
