/** The window and the grid: what of it is seen, and which sheets are needed for that. */
import type { Signal } from '@preact/signals';
import type { Gallery } from './gallery';
import type { Layout } from './layout';

interface Measures {
  /** Of the grid. */
  width: Signal<number>;
  /** Of the window. */
  height: Signal<number>;
  /** Of the grid, below that of the window. */
  top: Signal<number>;
}

/** Keep measures up to date, until what is returned is called. */
export function followWindow(
  root: HTMLElement | null,
  { width, height, top }: Measures,
): (() => void) | undefined {
  if (root === null) return;
  const look = () => {
    top.value = root.getBoundingClientRect().top;
  };
  const resize = () => {
    height.value = innerHeight;
    look();
  };
  const observer = new ResizeObserver(([entry]) => {
    width.value = entry?.contentRect.width ?? 0;
    look();
  });
  observer.observe(root);
  addEventListener('scroll', look, { passive: true });
  addEventListener('resize', resize);
  return () => {
    observer.disconnect();
    removeEventListener('scroll', look);
    removeEventListener('resize', resize);
  };
}

/** Have what lies above the grid and below it stay clear of a row. */
const CLEAR = 8;

/** Scroll so that a place is seen between the bars; `isJump` puts its row at the top. */
export function bringIntoView(
  root: HTMLElement | null,
  { columns, rowHeight }: Layout,
  place: number,
  isJump = false,
): void {
  if (root === null) return;
  const start = root.getBoundingClientRect().top + Math.floor(place / columns) * rowHeight;
  const upper = Math.max(0, ...edges('upper').map(({ bottom }) => bottom)) + CLEAR;
  const lower = Math.min(innerHeight, ...edges('lower').map(({ top }) => top)) - CLEAR;
  const isSeen = start >= upper && start + rowHeight <= lower;
  if (start < upper || (isJump && !isSeen)) scrollBy({ top: start - upper });
  else if (!isSeen) scrollBy({ top: start + rowHeight - lower });
}

function edges(which: 'upper' | 'lower'): DOMRect[] {
  const bars = [...document.querySelectorAll(`[data-edge=${which}]`)];
  return bars.map((each) => each.getBoundingClientRect());
}

/** Windows in the direction of scrolling whose sheets are fetched beforehand. */
const AHEAD = 1;

let topBefore = 0;

/** Have the sheets fetched that the window shows, and then those that it comes to. */
export function wantSheets(gallery: Gallery, top: number, window: number): void {
  const { list, pictures, seen, view } = gallery;
  const [first, last] = seen.peek();
  const size = (last - first + 1) * AHEAD;
  const isUp = top < topBefore;
  topBefore = top;
  const [from, to] = isUp ? [first - size, first] : [last, last + size];
  const sheets = new Set<number>();
  const want = (place: number) => {
    const tile = list.tileAt(view.peek().at(place));
    if (tile !== null) sheets.add(tile.sheet);
  };
  for (let place = first; place <= last; place++) want(place);
  for (let place = Math.max(0, from); place < Math.min(view.peek().count, to); place++) want(place);
  pictures.want({ sheets: [...sheets], top, window });
}
