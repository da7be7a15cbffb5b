/** The frames of an extraction: fetched page by page, and fetched anew when their addresses expire. */
import { signal } from '@preact/signals';
import { answer, type Extraction, type VideoSchemas, video } from '../api/client';

export type Frame = VideoSchemas['FrameBody'];

/** A sheet of thumbnails, and its size in pixels. */
export interface Sheet {
  url: string;
  width: number;
  height: number;
}

const PAGE = 1000;

export class Frames {
  readonly frames = signal<readonly Frame[]>([]);
  readonly total = signal<number | null>(null);
  readonly error = signal<unknown>(null);
  /** Sheets of thumbnails, by number. */
  readonly sheets = signal<ReadonlyMap<number, Sheet>>(new Map());
  private isStopped = false;

  constructor(private readonly extraction: Extraction) {}

  /** Fetch all of them. */
  async load(): Promise<void> {
    this.error.value = null;
    try {
      await this.loadAll();
    } catch (problem) {
      this.error.value = problem;
    }
  }

  stop(): void {
    this.isStopped = true;
  }

  private async loadAll(): Promise<void> {
    let frames: readonly Frame[] = [];
    let cursor: string | null = null;
    do {
      const page = await this.page(cursor);
      if (this.isStopped) return;
      frames = [...frames, ...page.items];
      this.total.value = page.total;
      this.frames.value = frames.length > this.frames.value.length ? frames : this.frames.value;
      const sheets = new Map(this.sheets.value);
      for (const { number, url } of page.sheets) {
        sheets.set(number, { url, ...sizeOfSheet(frames, number) });
      }
      this.sheets.value = sheets;
      cursor = page.next;
    } while (cursor !== null);
    this.frames.value = frames;
  }

  private page(cursor: string | null): Promise<VideoSchemas['FramePageBody']> {
    const { video_id, id } = this.extraction;
    return answer(
      video.GET('/video/{video_id}/extractions/{extraction_id}/frames', {
        params: {
          path: { video_id, extraction_id: id },
          query: { limit: PAGE, ...(cursor !== null && { cursor }) },
        },
      }),
    );
  }
}

/** A sheet ends with its outermost thumbnails. */
function sizeOfSheet(frames: readonly Frame[], number: number): { width: number; height: number } {
  let [width, height] = [0, 0];
  for (const { thumbnail } of frames) {
    if (thumbnail?.sheet !== number) continue;
    width = Math.max(width, thumbnail.x + thumbnail.width);
    height = Math.max(height, thumbnail.y + thumbnail.height);
  }
  return { width, height };
}
