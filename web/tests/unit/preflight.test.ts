/** Previews belong to the frames they were asked for, whatever else is asked meanwhile. */
import { expect, test, vi } from 'vitest';
import type { Question, Reply } from '../../app/preflight/messages';

class FakeWorker extends EventTarget {
  static newest: FakeWorker;
  readonly asked: Question[] = [];

  constructor() {
    super();
    FakeWorker.newest = this;
  }

  postMessage(question: Question): void {
    this.asked.push(question);
  }

  reply(data: Reply): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
}

vi.stubGlobal('location', { origin: 'https://fotograma.example' });
vi.stubGlobal('window', {});
vi.stubGlobal('Worker', FakeWorker);
vi.mock('../../app/preflight/worker?worker&url', () => ({ default: '/assets/worker.js' }));
const { Preflight } = await import('../../app/preflight/preflight');

const picture = new Blob(['picture']);
const everySecond = { sampling: { mode: 'interval', seconds: '1' } } as const;
const everyTwo = { sampling: { mode: 'interval', seconds: '2' } } as const;

function forecast(id: number, shown: number[]): Reply {
  return {
    kind: 'forecast',
    id,
    forecast: { frames: shown.length, isExact: true, shown, problem: null },
  };
}

function preview(id: number, index: number): Reply {
  return { kind: 'preview', id, index, isExact: true, picture };
}

test('previews go on when another format of the same frames is chosen', () => {
  const preflight = new Preflight(new File([], 'clip.mp4'));
  const worker = FakeWorker.newest;
  preflight.foresee(everySecond);
  worker.reply(forecast(1, [0, 1]));
  worker.reply(preview(1, 0));
  preflight.foresee(everySecond);
  worker.reply(forecast(2, [0, 1]));
  worker.reply(preview(1, 1));
  expect(preflight.previews.value.map((each) => each !== null)).toEqual([true, true]);
  expect(worker.asked.filter(({ kind }) => kind === 'preview')).toHaveLength(1);
});

test('previews of other frames are dropped', () => {
  const preflight = new Preflight(new File([], 'clip.mp4'));
  const worker = FakeWorker.newest;
  preflight.foresee(everySecond);
  worker.reply(forecast(1, [0, 1]));
  preflight.foresee(everyTwo);
  worker.reply(forecast(2, [0, 2]));
  worker.reply(preview(1, 1));
  expect(preflight.previews.value).toEqual([null, null]);
  worker.reply(preview(2, 1));
  expect(preflight.previews.value.map((each) => each !== null)).toEqual([false, true]);
});
