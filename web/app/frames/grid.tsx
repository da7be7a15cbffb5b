import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { t } from '../words';
import type { Gallery } from './gallery';
import { moveBy, pickBy } from './grid-keys';
import { GridRow } from './grid-row';
import { firstSize, layoutOf } from './layout';
import { followPointer } from './pointer';
import { bringIntoView, followWindow, wantSheets } from './scrolling';
import { Slots } from './slots';

const SPARE_ROWS = 2;

interface GridProps {
  gallery: Gallery;
  /** A picture's width by its height. */
  ratio: number;
  /** What keys do besides moving and picking; whether they did something. */
  onKey: (event: KeyboardEvent) => boolean;
}

/** The thumbnails with their times; only rows near the window exist, and that of the focus. */
export function Grid({ gallery, ratio, onKey }: GridProps) {
  const root = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const slots = useMemo(() => new Slots(), []);
  const isFocusWanted = useRef(false);
  const width = useSignal(0);
  const height = useSignal(innerHeight);
  const top = useSignal(0);
  const layout = useComputed(() => {
    const size = gallery.size.value ?? firstSize(width.value);
    return layoutOf(width.value, ratio, size, gallery.view.value.count);
  });
  const firstRow = useComputed(() => Math.max(0, Math.floor(-top.value / layout.value.rowHeight)));
  const lastRow = useComputed(() =>
    Math.min(
      layout.value.rows - 1,
      Math.floor((height.value - top.value) / layout.value.rowHeight),
    ),
  );
  useEffect(() => followWindow(root.current, { width, height, top }), []);
  useEffect(
    () => followPointer(root.current, frame.current, gallery, () => layout.value),
    [gallery],
  );
  useEffect(() => {
    gallery.goTo = (place) => bringIntoView(root.current, layout.value, place, true);
    gallery.focusOn = (position) => {
      isFocusWanted.current = true; // Its cell may still have to come.
      gallery.focused.value = position;
      bringIntoView(root.current, layout.value, gallery.view.value.placeOf(position));
      focusCell(root.current, position);
    };
  }, [gallery]);
  useSignalEffect(() => {
    const { columns, rowHeight } = layout.value;
    const { count } = gallery.view.value;
    const last = Math.min(count, (lastRow.value + 1) * columns) - 1;
    gallery.seen.value = [firstRow.value * columns, Math.max(0, last)];
    if (gallery.list.known.value > 0) {
      wantSheets(gallery, firstRow.value * rowHeight, height.value);
    }
  });
  const focused = gallery.focused.value;
  useLayoutEffect(() => {
    if (!isFocusWanted.current) return;
    isFocusWanted.current = false;
    focusCell(root.current, focused);
  }, [focused]);
  const view = gallery.view.value;
  const { columns, rows, rowHeight } = layout.value;
  const focusedRow = Math.floor(view.placeOf(focused) / columns);
  const shown = shownRows(firstRow.value, lastRow.value, rows, focusedRow);
  const assigned = slots.assign(shown);
  const press = (event: KeyboardEvent) => {
    const place = moveBy(event, gallery, columns);
    if (place !== null) {
      isFocusWanted.current = true;
      gallery.focused.value = view.at(place);
      bringIntoView(root.current, layout.value, place);
    } else if (!pickBy(event, gallery) && !onKey(event)) return;
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
        {width.value > 0 &&
          shown.map((row) => (
            <GridRow
              key={assigned.get(row)}
              gallery={gallery}
              view={view}
              layout={layout.value}
              row={row}
              tabStop={row === focusedRow ? view.at(view.placeOf(focused)) : null}
            />
          ))}
      </div>
      <div ref={frame} class="frame-drag" hidden />
    </div>
  );
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

function focusCell(root: HTMLElement | null, position: number): void {
  root?.querySelector<HTMLElement>(`[data-position="${position}"]`)?.focus({ preventScroll: true });
}

/** The position of the frame whose cell something is in. */
export function positionOf(target: EventTarget | null): number | null {
  const cell = target instanceof Element ? target.closest('[data-position]') : null;
  return cell === null ? null : Number(cell.getAttribute('data-position'));
}
