/** The frames of an extraction: fetched page by page, and fetched anew when their addresses expire. */
import { signal } from '@preact/signals';
import { answer, type Extraction, type VideoSchemas, video } from '../api/client';

type FramePage = VideoSchemas['FramePageBody'];
export type Frame = VideoSchemas['FrameBody'];
export type Sheet = VideoSchemas['SheetBody'];

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
      for (const sheet of page.sheets) sheets.set(sheet.number, sheet);
      this.sheets.value = sheets;
      cursor = page.next;
    } while (cursor !== null);
    this.frames.value = frames;
  }

  private async page(cursor: string | null): Promise<FramePage> {
    const { video_id, id } = this.extraction;
    const page = await answer(
      video.GET('/video/{video_id}/extractions/{extraction_id}/frames', {
        params: {
          path: { video_id, extraction_id: id },
          query: { limit: PAGE, ...(cursor !== null && { cursor }) },
        },
      }),
    );
    return page as FramePage; // The other kind of page has to be asked for.
  }
}
