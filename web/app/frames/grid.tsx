import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { t } from '../words';
import type { Gallery } from './gallery';
import { moveBy, pickBy } from './grid-keys';
import { GridRow } from './grid-row';
import { firstSize, type Layout, layoutOf } from './layout';
import { followPointer } from './pointer';
import { bringIntoView, followWindow, wantSheets } from './scrolling';
import { Slots } from './slots';

const SPARE_ROWS = 2;

interface GridProps {
  gallery: Gallery;
  /** What keys do besides moving and picking; whether they did something. */
  onKey: (event: KeyboardEvent) => boolean;
}

/** The thumbnails with their times; only rows near the window exist, and that of the focus. */
export function Grid({ gallery, onKey }: GridProps) {
  const root = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const slots = useMemo(() => new Slots(), []);
  const { layout, firstRow, lastRow } = useRows(root, gallery);
  const moveFocus = useFocus(root, gallery, layout);
  useEffect(
    () => followPointer(root.current, frame.current, gallery, () => layout.value),
    [gallery],
  );
  const view = gallery.view.value;
  const { columns, rows, rowHeight, width } = layout.value;
  const focusedPlace = view.placeOf(gallery.focused.value);
  const focusedRow = Math.floor(focusedPlace / columns);
  const shown = shownRows(firstRow, lastRow, rows, focusedRow);
  const assigned = slots.assign(shown);
  const press = (event: KeyboardEvent) => {
    const place = moveBy(event, gallery, columns);
    if (place !== null) moveFocus(view.at(place));
    else if (!pickBy(event, gallery) && !onKey(event)) return;
    event.preventDefault();
  };
  return (
    <div class="frame-field">
      {/* biome-ignore lint/a11y/useSemanticElements: a grid of pictures, of which few exist, is no table */}
      <div
        ref={root}
        class="frame-grid"
        role="grid"
        aria-label={t('grid.label')}
        aria-rowcount={rows}
        aria-colcount={columns}
        aria-multiselectable="true"
        style={{ blockSize: `${rows * rowHeight}px` }}
        onKeyDown={press}
        onFocusIn={({ target }) => {
          const position = positionOf(target);
          if (position !== null) gallery.focused.value = position;
        }}
      >
        {width > 0 &&
          shown.map((row) => (
            <GridRow
              key={assigned.get(row)}
              gallery={gallery}
              view={view}
              layout={layout.value}
              row={row}
              tabStop={row === focusedRow ? view.at(focusedPlace) : null}
            />
          ))}
      </div>
      <div ref={frame} class="frame-drag" hidden />
    </div>
  );
}

type Root = RefObject<HTMLDivElement | null>;

/** Where cells lie, and which rows the window shows; whose sheets are fetched. */
function useRows(root: Root, gallery: Gallery) {
  const width = useSignal(0);
  const height = useSignal(innerHeight);
  const top = useSignal(0);
  const layout = useComputed(() => {
    const size = gallery.size.value ?? firstSize(width.value);
    return layoutOf(width.value, gallery.ratio, size, gallery.view.value.count);
  });
  const firstRow = useComputed(() => Math.max(0, Math.floor(-top.value / layout.value.rowHeight)));
  const lastRow = useComputed(() => {
    const row = Math.floor((height.value - top.value) / layout.value.rowHeight);
    return Math.min(layout.value.rows - 1, row);
  });
  useEffect(() => followWindow(root.current, { width, height, top }), []);
  useSignalEffect(() => {
    const { columns, rowHeight } = layout.value;
    const last = Math.min(gallery.view.value.count, (lastRow.value + 1) * columns) - 1;
    gallery.seen.value = [firstRow.value * columns, Math.max(0, last)];
    if (gallery.list.known.value > 0) {
      wantSheets(gallery, firstRow.value * rowHeight, height.value);
    }
  });
  return { layout, firstRow: firstRow.value, lastRow: lastRow.value };
}

/** What moves the focus to a frame, whose cell may still have to come; for others too, by `gallery`. */
function useFocus(root: Root, gallery: Gallery, layout: ReadonlySignal<Layout>) {
  const isWanted = useRef(false);
  const focused = gallery.focused.value;
  const focusCell = (position: number) => {
    const cell = root.current?.querySelector<HTMLElement>(`[data-position="${position}"]`);
    cell?.focus({ preventScroll: true });
  };
  const moveFocus = (position: number) => {
    isWanted.current = true;
    gallery.focused.value = position;
    bringIntoView(root.current, layout.value, gallery.view.value.placeOf(position));
    focusCell(position);
  };
  useLayoutEffect(() => {
    if (isWanted.current) focusCell(focused);
    isWanted.current = false;
  }, [focused]);
  useEffect(() => {
    gallery.goTo = (place) => bringIntoView(root.current, layout.value, place, true);
    gallery.focusOn = moveFocus;
  }, [gallery]);
  return moveFocus;
}

/** Rows near the window, in order; and that of the focus, which would be lost without its cell. */
function shownRows(first: number, last: number, rows: number, focusedRow: number): number[] {
  const from = Math.max(0, first - SPARE_ROWS);
  const to = Math.min(rows - 1, last + SPARE_ROWS);
  const shown = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
  if (focusedRow < 0 || focusedRow >= rows) return shown;
  if (focusedRow < from) return [focusedRow, ...shown];
  return focusedRow > to ? [...shown, focusedRow] : shown;
}

/** The position of the frame whose cell something is in. */
export function positionOf(target: EventTarget | null): number | null {
  const cell = target instanceof Element ? target.closest('[data-position]') : null;
  return cell === null ? null : Number(cell.getAttribute('data-position'));
}
