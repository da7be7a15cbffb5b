/** The frames of an extraction: fetched in columns, and their addresses anew when they expire. */
import { signal } from '@preact/signals';
import { answer, type Extraction, type VideoSchemas, video } from '../api/client';
import type { Ranges } from './ranges';

type CompactPage = VideoSchemas['CompactPageBody'];
type Columns = CompactPage['frames'];
export type Sheet = VideoSchemas['SheetBody'];

/** Where a thumbnail is on its sheet, in pixels. */
export interface Tile {
  sheet: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Frame {
  position: number;
  name: string;
  /** Microseconds. */
  timeUs: number;
  bytes: number;
  sha256: string;
  /** Good for an hour at least. */
  url: string;
  tile: Tile | null;
}

/** The first frames, which are wanted at once, and then all others. */
const FIRST_PAGE = 400;
const PAGE = 20_000;
const MICROSECONDS = 1e6;

export class FrameList {
  /** How many of the frames are known, from the first on. */
  readonly known = signal(0);
  readonly total: number;
  readonly error = signal<unknown>(null);
  private readonly columns: Columns = {
    ...{ name: [], time_us: [], size_bytes: [], sha256: [] },
    ...{ sheet: [], x: [], y: [], width: [], height: [] },
  };
  private readonly sheets = new Map<number, Sheet>();
  private frameUrl = '';
  /** Bytes of all frames before each. */
  private before: number[] = [0];
  private loading: Promise<void> | null = null;
  private isStopped = false;

  constructor(private readonly extraction: Extraction) {
    this.total = extraction.frames ?? 0;
  }

  get isWhole(): boolean {
    return this.known.value === this.total;
  }

  /** Fetch all of them, or all addresses anew. */
  load(): Promise<void> {
    this.error.value = null;
    this.loading ??= this.loadAll()
      .catch((problem) => {
        this.error.value = problem;
      })
      .finally(() => {
        this.loading = null;
      });
    return this.loading;
  }

  stop(): void {
    this.isStopped = true;
  }

  at(position: number): Frame | undefined {
    if (position < 0 || position >= this.known.value) return undefined;
    const { name, time_us, size_bytes, sha256 } = this.columns;
    return {
      position,
      name: name[position] as string,
      timeUs: time_us[position] as number,
      bytes: size_bytes[position] as number,
      sha256: sha256[position] as string,
      url: this.frameUrl.replace('{name}', name[position] as string),
      tile: this.tileAt(position),
    };
  }

  tileAt(position: number): Tile | null {
    const { sheet, x, y, width, height } = this.columns;
    const number = sheet[position];
    if (number == null) return null;
    return {
      sheet: number,
      x: x[position] as number,
      y: y[position] as number,
      width: width[position] as number,
      height: height[position] as number,
    };
  }

  sheet(number: number): Sheet | undefined {
    return this.sheets.get(number);
  }

  /** When a frame is shown, in seconds; of one that is not known yet, when the last known one is. */
  seconds(position: number): number {
    const known = Math.min(position, this.known.value - 1);
    return (this.columns.time_us[known] ?? 0) / MICROSECONDS;
  }

  /** The last frame that is shown at a time, or else the first of all. */
  positionAt(seconds: number): number {
    const wanted = Math.floor(seconds * MICROSECONDS + 0.5);
    let [low, high] = [0, this.known.value];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.columns.time_us[middle] as number) <= wanted) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  bytesOf(ranges: Ranges): number {
    const until = (position: number) => this.before[Math.min(position, this.known.value)] ?? 0;
    return ranges.reduce((sum, [start, end]) => sum + until(end) - until(start), 0);
  }

  private async loadAll(): Promise<void> {
    let first = 0;
    while (first < this.total && !this.isStopped) {
      const page = await this.page(first, this.known.value === 0 ? FIRST_PAGE : PAGE);
      if (page.frames.name.length === 0) return;
      this.take(page);
      first += page.frames.name.length;
    }
  }

  private take({ first, frame_url, frames, sheets }: CompactPage): void {
    this.frameUrl = frame_url;
    for (const sheet of sheets) this.sheets.set(sheet.number, sheet);
    const end = first + frames.name.length;
    for (let index = this.known.value - first; index < frames.name.length; index++) {
      this.append(frames, index);
    }
    this.known.value = Math.max(this.known.value, end);
  }

  private append(frames: Columns, index: number): void {
    const { columns, before } = this;
    columns.name.push(frames.name[index] as string);
    columns.time_us.push(frames.time_us[index] as number);
    columns.size_bytes.push(frames.size_bytes[index] as number);
    columns.sha256.push(frames.sha256[index] as string);
    columns.sheet.push(frames.sheet[index] ?? null);
    columns.x.push(frames.x[index] as number);
    columns.y.push(frames.y[index] as number);
    columns.width.push(frames.width[index] as number);
    columns.height.push(frames.height[index] as number);
    before.push((before.at(-1) as number) + (frames.size_bytes[index] as number));
  }

  private async page(first: number, limit: number): Promise<CompactPage> {
    const { video_id, id } = this.extraction;
    const page = await answer(
      video.GET('/video/{video_id}/extractions/{extraction_id}/frames', {
        params: {
          path: { video_id, extraction_id: id },
          query: { first, limit, fields: 'compact' },
        },
      }),
    );
    return page as CompactPage; // The other kind of page is not asked for.
  }
}
