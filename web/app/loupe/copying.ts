/** A frame on the clipboard, as a picture. */
import type { Frame } from '../frames/frame-list';
import { toast } from '../ui/announce';
import { t } from '../words';

/** Copy a frame. What is no PNG is made one: that is all that clipboards take. */
export async function copyPicture({ url }: Frame): Promise<void> {
  // Given as a promise, which some browsers want: after a wait it is no more the user's own doing.
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': asPng(url) })]);
  toast(t('copied'));
}

async function asPng(url: string): Promise<Blob> {
  const picture = await (await fetch(url)).blob();
  if (picture.type === 'image/png') return picture;
  const bitmap = await createImageBitmap(picture);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas.convertToBlob({ type: 'image/png' });
}
