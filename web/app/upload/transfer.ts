/**
 * Sends a file's parts straight to the object storage: four at a time, each again until it has
 * arrived. What it needs of the world comes in as `Wire`, so that tests hold the clock and the network.
 */
import { signal } from '@preact/signals';

export interface Layout {
  size: number;
  partBytes: number;
  partCount: number;
}

export interface Wire {
  /** Addresses to PUT parts to. */
  sign(numbers: number[]): Promise<Map<number, string>>;
  /** Send one part; resolves with the status, and rejects where no answer came. */
  put(
    url: string,
    body: Blob,
    onProgress: (sent: number) => void,
    signal: AbortSignal,
  ): Promise<number>;
  /** Resolves after a pause, or when the network is back. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Resolves at once, or when there is a network again. */
  online(signal: AbortSignal): Promise<void>;
}

/** The storage does not answer this browser at all, though there is a network. */
export class StorageUnreachable extends Error {
  constructor(readonly host: string) {
    super(host);
  }
}

/** The storage refused a part, or it did not arrive however often it was sent. */
export class PartRefused extends Error {
  constructor(
    readonly part: number,
    readonly status: number | null,
  ) {
    super(`part ${part}: ${status ?? 'no answer'}`);
  }
}

export const PARTS_AT_ONCE = 4;
export const SIGNED_AT_ONCE = 20;
const ATTEMPTS = 6;
const UNREACHABLE_AFTER = 2;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

export class Transfer {
  /** Bytes that have arrived, those of parts on their way included. */
  readonly sent = signal(0);
  private readonly underWay = new Map<number, number>();
  private readonly urls = new Map<number, string>();
  /** Parts whose senders wait for an address. */
  private readonly wanted = new Set<number>();
  private signing: Promise<void> | null = null;
  private waiting: number[];
  private arrivedBytes: number;
  private hasArrived: boolean;

  constructor(
    private readonly file: Blob,
    private readonly layout: Layout,
    arrived: Iterable<number>,
    private readonly wire: Wire,
  ) {
    const there = new Set(arrived);
    const numbers = Array.from({ length: layout.partCount }, (_, index) => index + 1);
    this.waiting = numbers.filter((part) => !there.has(part));
    this.arrivedBytes =
      layout.size - this.waiting.reduce((sum, part) => sum + this.length(part), 0);
    this.hasArrived = there.size > 0;
    this.count();
  }

  /** Send what is missing. The first part that cannot be sent ends it, and so does `stop`. */
  async run(stop: AbortSignal): Promise<void> {
    const failure = new AbortController();
    const signal = AbortSignal.any([stop, failure.signal]);
    const senders = Array.from({ length: PARTS_AT_ONCE }, () => this.sendAll(signal));
    try {
      await Promise.all(senders);
    } finally {
      failure.abort();
      await Promise.allSettled(senders);
    }
  }

  private async sendAll(signal: AbortSignal): Promise<void> {
    for (let part = this.waiting.shift(); part !== undefined; part = this.waiting.shift()) {
      await this.sendPart(part, signal);
    }
  }

  private async sendPart(part: number, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.wire.online(signal);
      const url = await this.urlOf(part);
      signal.throwIfAborted();
      const status = await this.tryPart(part, url, signal);
      if (status !== null && status >= 200 && status < 300) return this.arrive(part);
      this.underWay.delete(part);
      this.count();
      this.judge(part, url, attempt, status);
      if (status === 403) this.urls.delete(part);
      else await this.wire.pause(pauseAfter(attempt), signal);
    }
  }

  /** Throw where sending the part once more is of no use. */
  private judge(part: number, url: string, attempt: number, status: number | null): void {
    const isLast = attempt >= ATTEMPTS;
    if (status === null && !this.hasArrived && attempt >= UNREACHABLE_AFTER) {
      throw new StorageUnreachable(new URL(url).host);
    }
    const mayPass = status === null || status === 403 || status === 408 || status === 429;
    if (isLast || !(mayPass || status >= 500)) throw new PartRefused(part, status);
  }

  private async tryPart(part: number, url: string, signal: AbortSignal): Promise<number | null> {
    const start = (part - 1) * this.layout.partBytes;
    const body = this.file.slice(start, start + this.length(part));
    try {
      return await this.wire.put(
        url,
        body,
        (sent) => {
          this.underWay.set(part, sent);
          this.count();
        },
        signal,
      );
    } catch {
      signal.throwIfAborted();
      return null;
    }
  }

  private arrive(part: number): void {
    this.underWay.delete(part);
    this.arrivedBytes += this.length(part);
    this.hasArrived = true;
    this.count();
  }

  private count(): void {
    let underWay = 0;
    for (const sent of this.underWay.values()) underWay += sent;
    this.sent.value = this.arrivedBytes + underWay;
  }

  /** The address of a part; with it those of the next ones are signed. */
  private async urlOf(part: number): Promise<string> {
    for (;;) {
      const known = this.urls.get(part);
      if (known !== undefined) return known;
      this.wanted.add(part);
      this.signing ??= Promise.resolve()
        .then(() => this.signNext())
        .finally(() => {
          this.signing = null;
        });
      await this.signing;
    }
  }

  private async signNext(): Promise<void> {
    const unsigned = this.waiting.filter((each) => !this.urls.has(each));
    const numbers = [...this.wanted, ...unsigned].slice(0, SIGNED_AT_ONCE);
    this.wanted.clear();
    for (const [number, url] of await this.wire.sign(numbers)) this.urls.set(number, url);
  }

  private length(part: number): number {
    const { size, partBytes } = this.layout;
    return Math.min(partBytes, size - (part - 1) * partBytes);
  }
}

/** Twice as long each time, and never for all at the same moment. */
function pauseAfter(attempt: number): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
  return longest * (0.5 + Math.random() / 2);
}
