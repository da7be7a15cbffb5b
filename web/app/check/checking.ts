/** A check on its way: in signals, as a worker tells of it. */
import { signal } from '@preact/signals';
import { startWorker } from '../trusted';
import type { Checked, CheckProblem } from './check-files';
import workerAddress from './check-worker?worker&url';
import type { Reply } from './messages';

export type CheckState =
  | { kind: 'idle' }
  | { kind: 'checking'; share: number }
  | { kind: 'checked'; checked: Checked; files: string[] }
  | { kind: 'problem'; code: CheckProblem; file: string | null };

export class Checking {
  readonly state = signal<CheckState>({ kind: 'idle' });
  /** Begun before it is needed: without a network it could not be fetched later. */
  private worker = begun();

  check(files: readonly File[]): void {
    const { worker } = this;
    const names = files.map(({ name }) => name);
    this.state.value = { kind: 'checking', share: 0 };
    worker.onmessage = ({ data }: MessageEvent<Reply>) => this.hear(data, names);
    worker.onerror = () => {
      this.state.value = { kind: 'problem', code: 'unreadable', file: null };
    };
    worker.postMessage(files);
  }

  /** End what is under way, and be ready for the next. */
  cancel(): void {
    this.close();
    this.worker = begun();
    this.state.value = { kind: 'idle' };
  }

  close(): void {
    this.worker.terminate();
  }

  private hear(reply: Reply, files: string[]): void {
    if (reply.kind === 'progress') {
      const share = reply.total === 0 ? 0 : reply.done / reply.total;
      this.state.value = { kind: 'checking', share };
    } else if (reply.kind === 'checked') {
      this.state.value = { kind: 'checked', checked: reply.checked, files };
    } else this.state.value = reply;
  }
}

function begun(): Worker {
  return startWorker(workerAddress);
}
