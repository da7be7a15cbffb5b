import { useComputed } from '@preact/signals';
import { clock, number, t } from '../words';
import type { Frame } from './frame-list';
import type { Gallery } from './gallery';
import type { Layout } from './layout';
import type { Mark } from './picks';
import { has, NONE } from './ranges';
import { spriteOf } from './sprite';
import type { View } from './view';

interface RowProps {
  gallery: Gallery;
  view: View;
  layout: Layout;
  row: number;
  /** The position of the cell that Tab leads to, if it is in this row. */
  tabStop: number | null;
}

/** A row of thumbnails. Its elements may have shown another row before. */
export function GridRow({ gallery, view, layout, row, tabStop }: RowProps) {
  const first = row * layout.columns;
  const positions = Array.from(
    { length: Math.min(layout.columns, view.count - first) },
    (_, column) => view.at(first + column),
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a grid of pictures, of which few exist, is no table
    // biome-ignore lint/a11y/useFocusableInteractive: its cells have the focus
    <div
      class="frame-row"
      role="row"
      aria-rowindex={row + 1}
      style={{ transform: `translateY(${row * layout.rowHeight}px)`, gap: `${layout.gap}px` }}
    >
      {positions.map((position, column) => (
        <Cell
          key={column}
          gallery={gallery}
          position={position}
          column={column}
          layout={layout}
          isTabStop={position === tabStop}
        />
      ))}
    </div>
  );
}

interface CellProps {
  gallery: Gallery;
  position: number;
  column: number;
  layout: Layout;
  isTabStop: boolean;
}

function Cell({ gallery, position, column, layout, isTabStop }: CellProps) {
  const { list, picks, duplicates } = gallery;
  // Known or not: whether more than this frame is known does not matter here.
  const isKnown = useComputed(() => position < list.known.value).value;
  const frame = isKnown ? list.at(position) : undefined;
  const mark = picks.markOf(position);
  const isSharpest = has(duplicates.found.value?.sharpest ?? NONE, position);
  const { width, height } = layout;
  return (
    // biome-ignore lint/a11y/useSemanticElements: as above
    <div
      class="frame-cell"
      role="gridcell"
      data-position={position}
      data-mark={mark ?? undefined}
      data-sharpest={isSharpest || undefined}
      tabIndex={isTabStop ? 0 : -1}
      aria-colindex={column + 1}
      aria-selected={mark === 'picked'}
      aria-label={labelOf(frame, position, list.total, mark, isSharpest)}
      style={{ inlineSize: `${width}px` }}
    >
      <div
        class="frame"
        style={{
          blockSize: `${height}px`,
          ...spriteOf(gallery, frame?.tile ?? null, width),
        }}
      />
      <time>{frame === undefined ? '' : clock(frame.timeUs / 1e6, 3)}</time>
    </div>
  );
}

function labelOf(
  frame: Frame | undefined,
  position: number,
  total: number,
  mark: Mark,
  isSharpest: boolean,
): string {
  const time = frame === undefined ? '' : clock(frame.timeUs / 1e6, 3);
  const cell = t('grid.cell', { n: number(position + 1), total: number(total), time });
  return [cell, mark && t(`mark.${mark}`), isSharpest && t('mark.sharpest')]
    .filter(Boolean)
    .join(', ');
}
