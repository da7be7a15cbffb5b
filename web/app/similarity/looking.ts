/** Looks at thumbnails beside the page. It may fetch nothing itself: sheets are given to it. */
import { CELLS, coarse, greyOf, sharpness } from './look';
import type { Looked, Sheet } from './messages';

addEventListener('message', ({ data }: MessageEvent<Sheet>) => void answerTo(data));

async function answerTo({ picture, tiles }: Sheet): Promise<void> {
  const bitmap = await createImageBitmap(picture);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context?.drawImage(bitmap, 0, 0);
  bitmap.close();
  const looked: Looked = {
    coarse: new Uint8Array(tiles.length * CELLS),
    sharpness: new Float32Array(tiles.length),
  };
  for (const [index, { x, y, width, height }] of tiles.entries()) {
    const grey = greyOf(context?.getImageData(x, y, width, height) as ImageData);
    looked.coarse.set(coarse(grey), index * CELLS);
    looked.sharpness[index] = sharpness(grey);
  }
  postMessage(looked);
}
