/** Makes JPEGs of what is drawn. */

import type { Part } from './frame-pictures';
import type { Jpeg } from './pdf';

const QUALITY = 0.85;

/** A canvas on white: what is transparent in a PNG is not black on paper. */
export function canvasOf(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(Math.ceil(width), Math.ceil(height)).getContext('2d');
  if (context === null) throw new Error('no canvas');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  return context;
}

export function jpegBlob({ canvas }: OffscreenCanvasRenderingContext2D): Promise<Blob> {
  return canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY });
}

export async function jpegOf(context: OffscreenCanvasRenderingContext2D): Promise<Jpeg> {
  const { width, height } = context.canvas;
  return { bytes: new Uint8Array(await (await jpegBlob(context)).arrayBuffer()), width, height };
}

/** Draw a part of a picture so that it lies whole in a box. */
export function drawInto(
  context: OffscreenCanvasRenderingContext2D,
  { from, x, y, width, height }: Part,
  box: { x: number; y: number; width: number; height: number },
): void {
  const scale = Math.min(box.width / width, box.height / height);
  const [across, down] = [width * scale, height * scale];
  context.imageSmoothingQuality = 'high';
  context.drawImage(
    from,
    ...([x, y, width, height] as const),
    ...([box.x + (box.width - across) / 2, box.y + (box.height - down) / 2, across, down] as const),
  );
}
