/** A thumbnail as the part of its sheet that is shown. */
import type { Tile } from './frame-list';
import type { Gallery } from './gallery';

const NONE = { backgroundImage: '' };

/** The style that shows a thumbnail so wide; grey as long as its sheet is not there. */
export function spriteOf(
  { list, pictures }: Gallery,
  tile: Tile | null,
  width: number,
): Record<string, string> {
  const sheet = tile === null ? undefined : list.sheet(tile.sheet);
  if (tile === null || sheet === undefined || !pictures.isReady(tile.sheet).value) return NONE;
  const scale = width / tile.width;
  return {
    backgroundImage: `url("${sheet.url}")`,
    backgroundPosition: `${-tile.x * scale}px ${-tile.y * scale}px`,
    backgroundSize: `${sheet.width * scale}px ${sheet.height * scale}px`,
  };
}
