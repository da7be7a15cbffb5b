/** Looks at thumbnails beside the page: sheet by sheet, so that what is known grows. */
import { CELLS, coarse, greyOf, sharpness } from './look';
import type { Reply, Sheet } from './messages';

let turn: Promise<void> = Promise.resolve();

addEventListener('message', ({ data }: MessageEvent<Sheet>) => {
  turn = turn.then(() => look(data));
});

async function look(sheet: Sheet): Promise<void> {
  try {
    postMessage(looked(sheet, await pixelsOf(sheet.url)));
  } catch {
    postMessage({ kind: 'missing', sheet: sheet.number } satisfies Reply);
  }
}

async function pixelsOf(url: string): Promise<OffscreenCanvasRenderingContext2D> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${answer.status}`);
  const bitmap = await createImageBitmap(await answer.blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('no canvas');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context;
}

function looked({ number, tiles }: Sheet, context: OffscreenCanvasRenderingContext2D): Reply {
  const all = new Uint8Array(tiles.length * CELLS);
  const sharp = new Float32Array(tiles.length);
  for (const [index, { x, y, width, height }] of tiles.entries()) {
    const grey = greyOf(context.getImageData(x, y, width, height));
    all.set(coarse(grey), index * CELLS);
    sharp[index] = sharpness(grey);
  }
  const positions = tiles.map(({ position }) => position);
  return { kind: 'looked', sheet: number, positions, coarse: all, sharpness: sharp };
}
