/** One file on its way: from the drop until it is a video, through reloads and lost networks. */
import { effect, signal } from '@preact/signals';
import { answer, type Video, video } from '../api/client';
import { ApiProblem, explain, Unreachable } from '../api/problems';
import { soon } from '../soon';
import { toast } from '../ui/announce';
import { fingerprint } from './fingerprint';
import { extractRest, sendForm } from './form';
import { Rate } from './rate';
import type { Choice, UploadRecord, UploadStore } from './store';
import { StorageUnreachable, Transfer } from './transfer';
import { Turns } from './turns';
import { wireOf } from './wire';

export type UploadState =
  | { kind: 'queued' | 'reading' | 'sending' | 'paused' | 'elsewhere' | 'arrived' | 'finishing' }
  | { kind: 'needs-file' | 'needs-permission' | 'another-file' | 'gone' }
  | { kind: 'waiting' | 'failed'; error: unknown }
  | { kind: 'unreachable'; host: string }
  | { kind: 'done'; video: Video };

/** What an upload tells those who show it, in this tab and in others. */
export interface UploadListener {
  changed(upload: Upload): void;
  ended(upload: Upload, made: Video | null): void;
}

type Begun = { id: string; partBytes: number; partCount: number; arrived: number[] };

const TURN_MS = 10_000;
const AGAIN_MS = 5_000;
/** A browser has six connections to a host at most, and one file fills four of them by itself. */
const SENT_AT_ONCE = 4;
/** What the server knows does not wait behind what it will not let begin yet. */
const turns = { known: new Turns(SENT_AT_ONCE), new: new Turns(SENT_AT_ONCE) };

export class Upload {
  readonly state = signal<UploadState>({ kind: 'queued' });
  readonly sent = signal(0);
  /** Seconds until all has arrived, once that can be told. */
  readonly left = signal<number | null>(null);
  readonly choice = signal<Choice | null>(null);
  private stop = new AbortController();
  private whenChosen: () => void = () => {};
  private isCancelled = false;

  constructor(
    readonly record: UploadRecord,
    private readonly store: UploadStore,
    private readonly listener: UploadListener,
    public file: File | null,
  ) {
    this.choice.value = record.choice;
  }

  get key(): string {
    return this.record.key;
  }

  /** Go on until the file has become a video, or the user has to do something. */
  async run(): Promise<void> {
    this.stop = new AbortController();
    const { signal: stop } = this.stop;
    this.become({ kind: 'queued' });
    try {
      await this.alone(() => this.patiently(() => this.attempt(stop), stop), stop);
    } catch (error) {
      if (!stop.aborted) this.fail(error);
    }
  }

  /** Do something in this tab, as soon as no other does it. */
  private async alone(work: () => Promise<void>, stop: AbortSignal): Promise<void> {
    const lock = `fotograma-upload-${this.key}`;
    const isDone = await navigator.locks.request(lock, { ifAvailable: true }, async (held) => {
      if (held !== null) await work();
      return held !== null;
    });
    if (isDone) return;
    stop.throwIfAborted();
    this.become({ kind: 'elsewhere' });
    await navigator.locks.request(lock, { signal: stop }, work);
  }

  pause(): void {
    this.stop.abort();
    this.remember({ paused: true });
    this.become({ kind: 'paused' });
  }

  resume(): void {
    this.remember({ paused: false });
    void this.run();
  }

  /** Say which frames are wanted; once the file is there, they are extracted. */
  choose(choice: Choice): void {
    this.choice.value = choice;
    this.remember({ choice });
    this.whenChosen();
  }

  /** Take another tab's choice. */
  adopt(record: UploadRecord): void {
    Object.assign(this.record, record);
    this.choice.value = record.choice;
    if (record.choice !== null) this.whenChosen();
  }

  /** Go on with the file that the user has chosen once more. */
  async giveFile(file: File, handle: FileSystemFileHandle | null = null): Promise<void> {
    this.become({ kind: 'reading' });
    if (!(await this.isSame(file))) return this.become({ kind: 'another-file' });
    this.file = file;
    if (handle !== null) this.remember({ handle });
    this.resume();
  }

  /** Ask the browser, at a click, whether the file may be read again. */
  async allow(): Promise<void> {
    const state = await this.record.handle?.requestPermission({ mode: 'read' });
    if (state === 'granted') this.resume();
  }

  /** Send the file as a form through the API, where the storage cannot be reached. */
  async sendThroughApi(): Promise<void> {
    this.stop = new AbortController();
    try {
      const file = await this.readable();
      if (file === null) return;
      const choice = await this.chosen(this.stop.signal);
      this.become({ kind: 'sending' });
      const begun = this.record.id;
      const made = await this.measured(() =>
        sendForm(file, choice, this.key, (sent) => this.arriving(sent), this.stop.signal),
      );
      const refused = await extractRest(made, choice, this.key);
      if (begun !== null) await abandon(begun);
      await this.end(made);
      for (const error of refused) toast(explain(error));
    } catch (error) {
      if (!this.stop.signal.aborted) this.fail(error);
    }
  }

  /** Give it up, here and on the server. */
  async cancel(): Promise<void> {
    this.isCancelled = true;
    this.stop.abort();
    await this.store.delete(this.key);
    this.listener.ended(this, null);
    if (this.record.id !== null) await abandon(this.record.id);
  }

  /** Forget it without telling the server: another tab has ended it, or the user logs out. */
  drop(): void {
    this.isCancelled = true;
    this.stop.abort();
  }

  /** Try again as long as time alone helps. */
  private async patiently<Result>(work: () => Promise<Result>, stop: AbortSignal): Promise<Result> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (stop.aborted) throw error;
        if (!(await this.isWorthWaiting(error))) throw error;
      }
    }
  }

  /** Wait where time alone helps: for one's turn, for the network, for the service. */
  private async isWorthWaiting(error: unknown): Promise<boolean> {
    const isTurn = error instanceof ApiProblem && error.problem.status === 429;
    const isAway =
      error instanceof Unreachable || (error instanceof ApiProblem && error.problem.status >= 500);
    if (!isTurn && !isAway) return false;
    this.become({ kind: 'waiting', error });
    await wireOf('').pause(isTurn ? TURN_MS : AGAIN_MS, this.stop.signal);
    return true;
  }

  private async attempt(stop: AbortSignal): Promise<void> {
    this.become({ kind: 'queued' });
    const mine = this.record.id === null ? turns.new : turns.known;
    const begun = await mine.take(() => this.patiently(() => this.sendMissing(stop), stop), stop);
    if (begun !== null) await this.finish(begun, stop);
  }

  /** Send what the server has not. Null where it is over, or the user has to do something. */
  private async sendMissing(stop: AbortSignal): Promise<Begun | null> {
    if ((await this.store.get(this.key)) === undefined) {
      this.listener.ended(this, null);
      return null;
    }
    this.become({ kind: 'reading' });
    const begun = await this.begun();
    if (begun === null) return null;
    this.arriving(begun.arrived.length * begun.partBytes);
    const file = begun.arrived.length < begun.partCount ? await this.readable() : new Blob();
    if (file === null) return null;
    await this.sendParts(file, begun, stop);
    return begun;
  }

  /** The upload as the server has it; begun now, if it is not. Null where it is over. */
  private async begun(): Promise<Begun | null> {
    if (this.record.id === null) return this.begin();
    const path = { upload_id: this.record.id };
    try {
      return asBegun(await answer(video.GET('/video/uploads/{upload_id}', { params: { path } })));
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.code !== 'upload_not_found') throw error;
      return this.overOnServer(path);
    }
  }

  /** It has become a video and the answer was lost, or the server has given it up. */
  private async overOnServer(path: { upload_id: string }): Promise<null> {
    const asked = video.GET('/video/{video_id}', {
      params: { path: { video_id: path.upload_id } },
    });
    try {
      await this.end(await answer(asked));
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.problem.status !== 404) throw error;
      this.become({ kind: 'gone' });
    }
    return null;
  }

  private async begin(): Promise<Begun | null> {
    const { key, name, size } = this.record;
    if (this.record.fingerprint === null) {
      const file = await this.readable();
      if (file === null) return null;
      await this.remember({ fingerprint: await fingerprint(file) });
    }
    const body = await answer(
      video.POST('/video/uploads', {
        params: { header: { 'Idempotency-Key': key } },
        body: { name, size_bytes: size, fingerprint: this.record.fingerprint },
      }),
    );
    await this.remember({ id: body.id });
    return asBegun(body);
  }

  /** The file's bytes, or null where the user has to choose or allow it again. */
  private async readable(): Promise<File | null> {
    if (this.file !== null) return this.file;
    const { handle } = this.record;
    if (handle === null) {
      this.become({ kind: 'needs-file' });
      return null;
    }
    if ((await handle.queryPermission({ mode: 'read' })) !== 'granted') {
      this.become({ kind: 'needs-permission' });
      return null;
    }
    return this.reread(handle);
  }

  private async reread(handle: FileSystemFileHandle): Promise<File | null> {
    const file = await handle.getFile().catch(() => null);
    if (file === null) {
      this.become({ kind: 'needs-file' });
      return null;
    }
    if (!(await this.isSame(file))) {
      this.become({ kind: 'another-file' });
      return null;
    }
    this.file = file;
    return file;
  }

  /** Whether a file is the one that was added; by its size alone, as long as nothing was sent. */
  private async isSame(file: File): Promise<boolean> {
    const { size, fingerprint: known } = this.record;
    return file.size === size && (known === null || (await fingerprint(file)) === known);
  }

  private async sendParts(file: Blob, begun: Begun, stop: AbortSignal): Promise<void> {
    const { size } = this.record;
    const layout = { size, partBytes: begun.partBytes, partCount: begun.partCount };
    const transfer = new Transfer(file, layout, begun.arrived, wireOf(begun.id));
    const unfollow = effect(() => this.arriving(transfer.sent.value));
    this.become({ kind: 'sending' });
    try {
      await this.measured(() => transfer.run(stop));
    } finally {
      unfollow();
    }
  }

  private async finish(begun: Begun, stop: AbortSignal): Promise<void> {
    const { name, recipes, retentionDays } = await this.chosen(stop);
    this.become({ kind: 'finishing' });
    const made = await answer(
      video.POST('/video/uploads/{upload_id}/complete', {
        params: { path: { upload_id: begun.id } },
        body: { name, recipes },
      }),
    );
    await this.end(retentionDays === null ? made : await kept(made, retentionDays));
  }

  /** What the user has chosen, as soon as that is so. */
  private async chosen(stop: AbortSignal): Promise<Choice> {
    if (this.choice.value === null) {
      this.become({ kind: 'arrived' });
      await new Promise<void>((resolve, reject) => {
        this.whenChosen = resolve;
        stop.addEventListener('abort', () => reject(stop.reason));
      });
    }
    return this.choice.value as Choice;
  }

  private async measured<Result>(work: () => Promise<Result>): Promise<Result> {
    const rate = new Rate(this.sent, this.record.size, (left) => {
      this.left.value = left;
    });
    try {
      return await work();
    } finally {
      rate.stop();
    }
  }

  private arriving(sent: number): void {
    soon(this.sent, () => {
      this.sent.value = Math.min(sent, this.record.size);
    });
    this.listener.changed(this);
  }

  private async end(made: Video): Promise<void> {
    await this.store.delete(this.key);
    this.become({ kind: 'done', video: made });
    this.listener.ended(this, made);
  }

  private fail(error: unknown): void {
    if (error instanceof StorageUnreachable) {
      this.become({ kind: 'unreachable', host: error.host });
    } else this.become({ kind: 'failed', error });
  }

  private become(state: UploadState): void {
    if (this.isCancelled) return;
    this.state.value = state;
    this.listener.changed(this);
  }

  private async remember(change: Partial<UploadRecord>): Promise<void> {
    Object.assign(this.record, change);
    if (!this.isCancelled) await this.store.put(this.record);
  }
}

interface UploadBody {
  id: string;
  part_bytes: number;
  part_count: number;
  parts: { number: number }[];
}

function asBegun(body: UploadBody): Begun {
  return {
    id: body.id,
    partBytes: body.part_bytes,
    partCount: body.part_count,
    arrived: body.parts.map((part) => part.number),
  };
}

/** Have a new video kept as long as was chosen while it was sent; if it cannot be, it is as usual. */
async function kept(made: Video, days: number): Promise<Video> {
  const params = { path: { video_id: made.id } };
  const asked = video.PATCH('/video/{video_id}', { params, body: { retention_days: days } });
  return answer(asked).catch(() => made);
}

/** Tell the server that an upload will not be finished. It forgets by itself if this is lost. */
export async function abandon(id: string): Promise<void> {
  await video
    .DELETE('/video/uploads/{upload_id}', { params: { path: { upload_id: id } } })
    .catch(() => {});
}
