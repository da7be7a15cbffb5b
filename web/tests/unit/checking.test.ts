/** A check is told of as it goes on, can be ended, and is ready for the next one then. */
import { expect, test, vi } from 'vitest';
import type { Reply } from '../../app/check/messages';

class FakeWorker {
  static readonly all: FakeWorker[] = [];
  onmessage: ((event: MessageEvent<Reply>) => void) | null = null;
  onerror: (() => void) | null = null;
  asked: unknown = null;
  isEnded = false;

  constructor() {
    FakeWorker.all.push(this);
  }

  postMessage(files: unknown): void {
    this.asked = files;
  }

  terminate(): void {
    this.isEnded = true;
  }

  reply(data: Reply): void {
    this.onmessage?.(new MessageEvent('message', { data }));
  }
}

vi.stubGlobal('location', { origin: 'https://fotograma.example' });
vi.stubGlobal('window', {});
vi.stubGlobal('Worker', FakeWorker);
vi.mock('../../app/check/check-worker?worker&url', () => ({ default: '/assets/check.js' }));
const { Checking } = await import('../../app/check/checking');

const files = [new File(['x'], 'frames.zip')];

test('how far it is, and why it cannot be done', () => {
  const checking = new Checking();
  const worker = FakeWorker.all.at(-1);
  checking.check(files);
  expect(worker?.asked).toBe(files);
  worker?.reply({ kind: 'progress', done: 3, total: 4 });
  expect(checking.state.value).toEqual({ kind: 'checking', share: 0.75 });
  worker?.reply({ kind: 'problem', code: 'cut', file: 'frames.zip' });
  expect(checking.state.value).toEqual({ kind: 'problem', code: 'cut', file: 'frames.zip' });
  worker?.onerror?.();
  expect(checking.state.value).toMatchObject({ kind: 'problem', code: 'unreadable' });
});

test('what is cancelled ends at once, and another worker is there for the next', () => {
  const checking = new Checking();
  const first = FakeWorker.all.at(-1);
  checking.check(files);
  checking.cancel();
  expect(first?.isEnded).toBe(true);
  expect(checking.state.value).toEqual({ kind: 'idle' });
  checking.check(files);
  const second = FakeWorker.all.at(-1);
  expect(second).not.toBe(first);
  expect(second?.asked).toBe(files);
});
