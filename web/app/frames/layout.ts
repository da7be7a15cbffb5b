/** Where cells lie in the grid, in pixels: all of one size, row by row. */

export interface Layout {
  columns: number;
  rows: number;
  gap: number;
  /** Of a picture. */
  width: number;
  height: number;
  /** From the top of a row to that of the next. */
  rowHeight: number;
}

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Least widths of a cell, from which users choose. */
export const SIZES = [104, 140, 184, 256, 380] as const;
const NARROW = 520;
export const CAPTION = 28;

/** The size that shows three columns on a phone, and six on a desk. */
export function firstSize(width: number): number {
  return width < NARROW ? 0 : 2;
}

export function layoutOf(width: number, ratio: number, size: number, count: number): Layout {
  const gap = width < NARROW ? 6 : 12;
  const least = SIZES[size] ?? SIZES[2];
  const columns = Math.max(1, Math.floor((width + gap) / (least + gap)));
  const cell = Math.max(0, (width - gap * (columns - 1)) / columns);
  const height = Math.round(cell / ratio);
  return {
    columns,
    rows: Math.ceil(count / columns),
    gap,
    width: cell,
    height,
    rowHeight: height + CAPTION + gap,
  };
}

/** Rows that lie between two heights of the grid, and so many more on either side. */
export function rowsBetween(layout: Layout, top: number, bottom: number, spare: number): number[] {
  const first = Math.max(0, Math.floor(top / layout.rowHeight) - spare);
  const last = Math.min(layout.rows - 1, Math.floor(bottom / layout.rowHeight) + spare);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

/** Places of cells that a box touches. */
export function placesIn(layout: Layout, count: number, box: Box): number[] {
  const across = layout.width + layout.gap;
  const first = Math.max(0, Math.ceil((box.left - layout.width) / across));
  const last = Math.min(layout.columns - 1, Math.floor(box.right / across));
  const found: number[] = [];
  for (const row of rowsBetween(layout, box.top, box.bottom, 0)) {
    if (box.top > row * layout.rowHeight + layout.height + CAPTION) continue;
    for (let column = first; column <= last; column++) {
      const place = row * layout.columns + column;
      if (place < count) found.push(place);
    }
  }
  return found;
}

interface Press {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
}

const ROWS_A_PAGE = 4;

/** The place that a key leads to from another; null where the key leads nowhere. */
export function placeBy(press: Press, at: number, columns: number, count: number): number | null {
  const target = unbounded(press, at, columns, count);
  return target === null ? null : Math.max(0, Math.min(count - 1, target));
}

function unbounded(
  { key, ctrlKey, metaKey }: Press,
  at: number,
  columns: number,
  count: number,
): number | null {
  const rowStart = at - (at % columns);
  const isOfAll = ctrlKey || metaKey;
  switch (key) {
    case 'ArrowLeft':
      return at - 1;
    case 'ArrowRight':
      return at + 1;
    case 'ArrowUp':
      return at >= columns ? at - columns : at;
    case 'ArrowDown':
      return at + columns < count ? at + columns : at;
    case 'Home':
      return isOfAll ? 0 : rowStart;
    case 'End':
      return isOfAll ? count - 1 : rowStart + columns - 1;
    case 'PageUp':
      return at - ROWS_A_PAGE * columns;
    case 'PageDown':
      return at + ROWS_A_PAGE * columns;
    default:
      return null;
  }
}
