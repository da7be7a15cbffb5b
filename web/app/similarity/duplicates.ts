/** Near-duplicates of an extraction, found on this computer; they are only ever hidden. */
import { signal } from '@preact/signals';
import type { FrameList, Tile } from '../frames/frame-list';
import { startWorker } from '../trusted';
import { type Duplicates, duplicatesOf, type Looks } from './groups';
import { CELLS } from './look';
import workerAddress from './looking?worker&url';
import type { Looked, Sheet } from './messages';

interface SheetOfFrames {
  number: number;
  positions: number[];
  tiles: Tile[];
}

export class DuplicateSearch {
  /** Frames that have been looked at. */
  readonly seen = signal(0);
  /** Null as long as not all have been. */
  readonly found = signal<Duplicates | null>(null);
  readonly isFailed = signal(false);
  private stopping: AbortController | null = null;

  constructor(private readonly list: FrameList) {}

  /** Look at all thumbnails, once. */
  begin(): void {
    if (this.found.value !== null) return;
    this.stop();
    this.stopping = new AbortController();
    this.isFailed.value = false;
    const { signal: stop } = this.stopping;
    this.look(stop).catch(() => {
      this.isFailed.value = !stop.aborted;
    });
  }

  stop(): void {
    this.stopping?.abort();
  }

  private async look(stop: AbortSignal): Promise<void> {
    const { total } = this.list;
    const looks: Looks = {
      coarse: new Uint8Array(total * CELLS),
      sharpness: new Float32Array(total),
    };
    const sheets = sheetsOf(this.list);
    const worker = startWorker(workerAddress);
    stop.addEventListener('abort', () => worker.terminate());
    this.seen.value = 0;
    let coming = this.fetch(sheets[0]);
    for (const [index, { positions, tiles }] of sheets.entries()) {
      const picture = await coming;
      // The next one is on its way while this one is looked at.
      coming = this.fetch(sheets[index + 1]);
      coming.catch(() => {});
      const { coarse, sharpness } = await ask(worker, { picture, tiles }, stop);
      for (const [place, position] of positions.entries()) {
        looks.coarse.set(coarse.subarray(place * CELLS, (place + 1) * CELLS), position * CELLS);
        looks.sharpness[position] = sharpness[place] as number;
      }
      this.seen.value += positions.length;
    }
    worker.terminate();
    this.found.value = duplicatesOf(looks);
  }

  /** Fetch a sheet; once more with a newly signed address. */
  private async fetch(sheet: SheetOfFrames | undefined): Promise<Blob> {
    if (sheet === undefined) return new Blob();
    const once = async () => {
      const answer = await fetch(this.list.sheet(sheet.number)?.url ?? '');
      if (!answer.ok) throw new Error(`${answer.status}`);
      return answer.blob();
    };
    return once().catch(async () => {
      await this.list.load();
      return once();
    });
  }
}

function sheetsOf(list: FrameList): SheetOfFrames[] {
  const sheets = new Map<number, SheetOfFrames>();
  for (let position = 0; position < list.total; position++) {
    const tile = list.tileAt(position);
    if (tile === null) continue;
    const sheet = sheets.get(tile.sheet) ?? { number: tile.sheet, positions: [], tiles: [] };
    sheet.positions.push(position);
    sheet.tiles.push(tile);
    sheets.set(tile.sheet, sheet);
  }
  return [...sheets.values()];
}

function ask(worker: Worker, sheet: Sheet, stop: AbortSignal): Promise<Looked> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Looked>) => resolve(data);
    worker.onerror = () => reject(new Error('The worker has failed'));
    stop.addEventListener('abort', () => reject(stop.reason), { once: true });
    stop.throwIfAborted();
    worker.postMessage(sheet);
  });
}
