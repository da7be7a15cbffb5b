/** What a file's worker answers, and to which question; and when it is started. */
import { expect, test, vi } from 'vitest';
import type { Question, Reply } from '../../app/preflight/messages';

class FakeWorker extends EventTarget {
  static newest: FakeWorker;
  static started = 0;
  readonly asked: Question[] = [];

  constructor() {
    super();
    FakeWorker.newest = this;
    FakeWorker.started += 1;
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
const { expectFile, Preflight } = await import('../../app/preflight/preflight');

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

test('a file is given to the worker that waits for it, and the next one to another', () => {
  const before = FakeWorker.started;
  expectFile();
  expectFile();
  const waiting = FakeWorker.newest;
  const file = new File([], 'clip.mp4');
  new Preflight(file);
  expect(FakeWorker.started).toBe(before + 1);
  expect(waiting.asked).toEqual([{ kind: 'open', file }]);
  new Preflight(file);
  expect(FakeWorker.started).toBe(before + 2);
  expect(waiting.asked).toHaveLength(1);
});

test('a worker that did not start is given no file', () => {
  expectFile();
  const broken = FakeWorker.newest;
  broken.dispatchEvent(new Event('error'));
  new Preflight(new File([], 'clip.mp4'));
  expect(broken.asked).toEqual([]);
  expect(FakeWorker.newest.asked).toHaveLength(1);
});
