/** Near-duplicates of an extraction, found on this computer; they are only ever hidden. */
import { computed, signal } from '@preact/signals';
import type { FrameList } from '../frames/frame-list';
import { NONE } from '../frames/ranges';
import { startWorker } from '../trusted';
import { type Duplicates, duplicatesOf, type Looks } from './groups';
import { CELLS } from './look';
import workerAddress from './looking?worker&url';
import type { Reply, Sheet } from './messages';

/** Sheets that the worker has before it: what it does not have yet can be given up. */
const GIVEN = 4;

export class DuplicateSearch {
  /** Frames that have been looked at. */
  readonly seen = signal(0);
  readonly isDone = computed(() => this.seen.value >= this.total.value && this.total.value > 0);
  readonly found = signal<Duplicates>({ sharpest: NONE, others: NONE });
  readonly isFailed = signal(false);
  private readonly total = signal(0);
  private worker: Worker | null = null;
  private waiting: Sheet[] = [];
  private again = new Set<number>();
  private looks: Looks = { coarse: new Uint8Array(0), sharpness: new Float32Array(0) };

  constructor(private readonly list: FrameList) {}

  /** Look at all thumbnails; a second time nothing is done. */
  begin(): void {
    if (this.worker !== null || this.isDone.value) return;
    const { total } = this.list;
    this.total.value = total;
    this.isFailed.value = false;
    this.looks = { coarse: new Uint8Array(total * CELLS), sharpness: new Float32Array(total) };
    this.waiting = this.sheets();
    this.worker = startWorker(workerAddress);
    this.worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
      if (data.kind === 'looked') this.take(data);
      else void this.askAgain(data.sheet);
    });
    this.worker.addEventListener('error', () => this.fail());
    for (let given = 0; given < GIVEN; given++) this.giveNext();
  }

  stop(): void {
    this.worker?.terminate();
    this.worker = null;
  }

  private sheets(): Sheet[] {
    const sheets = new Map<number, Sheet>();
    let unseen = 0;
    for (let position = 0; position < this.list.total; position++) {
      const tile = this.list.tileAt(position);
      const url = tile === null ? undefined : this.list.sheet(tile.sheet)?.url;
      if (tile === null || url === undefined) {
        unseen += 1;
        continue;
      }
      const sheet = sheets.get(tile.sheet) ?? { number: tile.sheet, url, tiles: [] };
      sheet.tiles.push({ ...tile, position });
      sheets.set(tile.sheet, sheet);
    }
    this.seen.value = unseen; // Without a thumbnail a frame is like no other.
    return [...sheets.values()];
  }

  private giveNext(): void {
    const sheet = this.waiting.shift();
    if (sheet !== undefined) this.worker?.postMessage(sheet);
  }

  private take({ positions, coarse, sharpness }: Extract<Reply, { kind: 'looked' }>): void {
    for (const [index, position] of positions.entries()) {
      this.looks.coarse.set(coarse.subarray(index * CELLS, (index + 1) * CELLS), position * CELLS);
      this.looks.sharpness[position] = sharpness[index] as number;
    }
    this.seen.value += positions.length;
    this.giveNext();
    if (!this.isDone.value) return;
    this.found.value = duplicatesOf(this.looks);
    this.stop();
  }

  /** Once more with a newly signed address. */
  private async askAgain(number: number): Promise<void> {
    if (this.again.has(number)) return this.fail();
    this.again.add(number);
    await this.list.load();
    const sheet = this.sheets().find((each) => each.number === number);
    if (sheet === undefined) this.fail();
    else this.worker?.postMessage(sheet);
  }

  private fail(): void {
    this.isFailed.value = true;
    this.stop();
  }
}
