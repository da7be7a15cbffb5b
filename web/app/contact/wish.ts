/** How somebody wants a contact sheet. */
import type { Gallery } from '../frames/gallery';
import { JPEG } from './jpeg-sheet';
import { A4, type SheetPlan } from './sheet-layout';

export interface Wish {
  format: 'pdf' | 'jpg';
  /** As it is written. */
  columns: string;
  name: boolean;
  sha256: boolean;
  /** A first page, which a PDF alone has. */
  cover: boolean;
}

export const FIRST_WISH: Wish = {
  ...{ format: 'pdf', columns: '4', name: true, sha256: false, cover: false },
};
export const MOST_COLUMNS = 12;

/** Null where the columns are no number that a page has room for. */
export function planOf(
  { format, columns, name, sha256 }: Wish,
  { ratio }: Gallery,
): SheetPlan | null {
  const count = Number(columns);
  if (!Number.isInteger(count) || count < 1 || count > MOST_COLUMNS) return null;
  return { ...(format === 'pdf' ? A4 : JPEG), columns: count, ratio, captions: { name, sha256 } };
}
