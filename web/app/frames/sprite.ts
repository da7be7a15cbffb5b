/** A thumbnail as the part of its sheet that is shown. */
import type { Tile } from './frame-list';
import type { Gallery } from './gallery';

const NONE = { backgroundImage: '' };

type Style = Record<string, string>;

/** The style that shows a thumbnail so wide; grey as long as its sheet is not there. */
export function spriteOf({ list, pictures }: Gallery, tile: Tile | null, width: number): Style {
  const sheet = tile === null ? undefined : list.sheet(tile.sheet);
  if (tile === null || sheet === undefined || !pictures.isReady(tile.sheet).value) return NONE;
  const scale = width / tile.width;
  return {
    backgroundImage: `url("${sheet.url}")`,
    backgroundPosition: `${-tile.x * scale}px ${-tile.y * scale}px`,
    backgroundSize: `${sheet.width * scale}px ${sheet.height * scale}px`,
  };
}

/** The same for a box of any size that has the thumbnail's proportions. */
export function stretchedSpriteOf({ list, pictures }: Gallery, tile: Tile | null): Style {
  const sheet = tile === null ? undefined : list.sheet(tile.sheet);
  if (tile === null || sheet === undefined || !pictures.isReady(tile.sheet).value) return NONE;
  const share = (part: number, whole: number) => (whole === 0 ? 0 : (100 * part) / whole);
  const [x, y] = [
    share(tile.x, sheet.width - tile.width),
    share(tile.y, sheet.height - tile.height),
  ];
  return {
    backgroundImage: `url("${sheet.url}")`,
    backgroundPosition: `${x}% ${y}%`,
    backgroundSize: `${share(sheet.width, tile.width)}% ${share(sheet.height, tile.height)}%`,
  };
}
