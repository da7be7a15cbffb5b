/** Pictures of frames for a contact sheet: from thumbnails, or from the frames where these are too small. */
import type { Frame, FrameList } from '../frames/frame-list';

export type Drawable = HTMLImageElement | ImageBitmap;

/** Part of something that can be drawn. */
export interface Part {
  from: Drawable;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A thumbnail may be drawn so much larger than it is. */
const ENLARGED = 1.3;
/** More frames than these are not fetched whole. */
const MOST_WHOLE = 60;

export class FramePictures {
  private readonly isWhole: boolean;
  private sheet: { number: number; picture: HTMLImageElement } | null = null;

  /** For so many frames, each drawn so many pixels wide. */
  constructor(
    private readonly list: FrameList,
    count: number,
    width: number,
  ) {
    const thumbnail = list.tileAt(0)?.width ?? 0;
    this.isWhole = width > thumbnail * ENLARGED && count <= MOST_WHOLE;
  }

  /** Have `draw` draw a frame; frames in order need each sheet once. */
  async with(frame: Frame, draw: (part: Part) => void): Promise<void> {
    const { tile } = frame;
    if (this.isWhole || tile === null) return this.withWhole(frame, draw);
    if (this.sheet?.number !== tile.sheet) {
      const { number, url } = { number: tile.sheet, url: this.list.sheet(tile.sheet)?.url ?? '' };
      this.sheet = { number, picture: await decoded(url) };
    }
    draw({ ...tile, from: this.sheet.picture });
  }

  private async withWhole({ url }: Frame, draw: (part: Part) => void): Promise<void> {
    const bitmap = await createImageBitmap(await (await fetch(url)).blob());
    draw({ from: bitmap, x: 0, y: 0, width: bitmap.width, height: bitmap.height });
    bitmap.close();
  }
}

async function decoded(url: string): Promise<HTMLImageElement> {
  const picture = new Image();
  picture.src = url;
  await picture.decode();
  return picture;
}
