import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Extraction } from '../api/client';
import { ApiProblem, explain } from '../api/problems';
import { Button } from '../ui/button';
import { Note } from '../ui/note';
import { clock, counted, number, t } from '../words';
import { FrameDialog } from './frame-dialog';
import { type Frame, Frames } from './frames';

const CELL = 184;
const GAP = 12;
const CAPTION = 28;
const SPARE_ROWS = 2;

/** The thumbnails of a finished extraction with their times; only rows near the window exist. */
export function FrameGrid({ extraction, time }: { extraction: Extraction; time: number | null }) {
  const frames = useMemo(() => new Frames(extraction), [extraction.id]);
  const opened = useSignal<number | null>(null);
  useEffect(() => {
    void frames.load();
    return () => frames.stop();
  }, [frames]);
  const all = frames.frames.value;
  const isComplete = all.length > 0 && all.length === frames.total.value;
  useEffect(() => {
    if (time !== null && isComplete) opened.value = positionAt(all, time);
  }, [time, isComplete]);
  if (frames.error.value !== null)
    return <GridProblem error={frames.error.value} frames={frames} />;
  return (
    <>
      <p class="row-line figures">{counted('frames', extraction.frames ?? 0)}</p>
      <Rows
        frames={frames}
        total={frames.total.value ?? extraction.frames ?? 0}
        ratio={ratioOf(extraction, all)}
        onOpen={(position) => {
          opened.value = position;
        }}
      />
      {opened.value !== null && all[opened.value] !== undefined && (
        <FrameDialog
          frames={all}
          position={opened.value}
          onMove={(position) => {
            opened.value = position;
          }}
          onClose={() => {
            opened.value = null;
          }}
          onExpired={() => frames.load()}
        />
      )}
    </>
  );
}

function GridProblem({ error, frames }: { error: unknown; frames: Frames }) {
  const isUnlisted = error instanceof ApiProblem && error.code === 'frames_not_listed';
  return (
    <Note kind={isUnlisted ? 'info' : 'problem'}>
      {explain(error)}{' '}
      {!isUnlisted && (
        <Button small onClick={() => void frames.load()}>
          {t('retry')}
        </Button>
      )}
    </Note>
  );
}

/** The last frame that is shown at a time. */
function positionAt(frames: readonly Frame[], time: number): number {
  const after = frames.findIndex((frame) => frame.time_seconds > time + 1e-6);
  return Math.max(0, (after === -1 ? frames.length : after) - 1);
}

function ratioOf({ source }: Extraction, frames: readonly Frame[]): number {
  const tile = frames.find((frame) => frame.thumbnail !== null)?.thumbnail;
  if (tile) return tile.width / tile.height;
  return source ? source.width / source.height : 16 / 9;
}

interface RowsProps {
  frames: Frames;
  total: number;
  ratio: number;
  onOpen: (position: number) => void;
}

function Rows({ frames, total, ratio, onOpen }: RowsProps) {
  const root = useRef<HTMLDivElement>(null);
  const width = useSignal(0);
  const top = useSignal(0);
  const focused = useSignal(0);
  useEffect(() => follow(root.current, width, top), []);
  const columns = Math.max(2, Math.floor((width.value + GAP) / (CELL + GAP)));
  const cell = (width.value - GAP * (columns - 1)) / columns;
  const rowHeight = Math.round(cell / ratio) + CAPTION + GAP;
  const rows = Math.ceil(total / columns);
  const first = useComputed(() => Math.max(0, Math.floor(-top.value / rowHeight) - SPARE_ROWS));
  const seen = Math.ceil(innerHeight / rowHeight) + 2 * SPARE_ROWS;
  const shown = Array.from(
    { length: Math.max(0, Math.min(rows - first.value, seen)) },
    (_, k) => k + first.value,
  );
  const focus = (position: number) => {
    const target = Math.max(0, Math.min(total - 1, position));
    focused.value = target;
    bringIntoView(root.current, Math.floor(target / columns) * rowHeight, rowHeight);
    // At once where it can be, so that the next key finds it; else when its row is there.
    if (!focusCell(root.current, target)) {
      requestAnimationFrame(() => focusCell(root.current, target));
    }
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a grid of pictures, of which few exist, is no table
    <div
      ref={root}
      class="frame-grid"
      role="grid"
      aria-label={t('grid.label')}
      aria-rowcount={rows}
      aria-colcount={columns}
      style={{ blockSize: `${rows * rowHeight}px` }}
      onKeyDown={(event) => {
        const step = stepOf(event, focused.value, columns, total);
        if (step === null) return;
        event.preventDefault();
        focus(step);
      }}
    >
      {width.value > 0 &&
        shown.map((row) => (
          // biome-ignore lint/a11y/useSemanticElements: as above
          // biome-ignore lint/a11y/useFocusableInteractive: its cells have the focus
          <div
            key={row}
            class="frame-row"
            role="row"
            aria-rowindex={row + 1}
            style={{ transform: `translateY(${row * rowHeight}px)`, gap: `${GAP}px` }}
          >
            {Array.from({ length: Math.min(columns, total - row * columns) }, (_, column) => (
              <Cell
                key={column}
                frames={frames}
                position={row * columns + column}
                column={column}
                width={cell}
                height={cell / ratio}
                isTabStop={row * columns + column === clampTo(focused.value, shown, columns)}
                total={total}
                onOpen={onOpen}
                onFocus={(position) => {
                  focused.value = position;
                }}
              />
            ))}
          </div>
        ))}
    </div>
  );
}

/** The cell that Tab leads to: the one that had the focus, or the first that exists. */
function clampTo(position: number, rows: readonly number[], columns: number): number {
  const [first, last] = [rows[0] ?? 0, rows.at(-1) ?? 0];
  const isThere = position >= first * columns && position < (last + 1) * columns;
  return isThere ? position : first * columns;
}

function follow(
  root: HTMLDivElement | null,
  width: { value: number },
  top: { value: number },
): (() => void) | undefined {
  if (root === null) return;
  const look = () => {
    top.value = root.getBoundingClientRect().top;
  };
  const observer = new ResizeObserver(([entry]) => {
    width.value = entry?.contentRect.width ?? 0;
    look();
  });
  observer.observe(root);
  addEventListener('scroll', look, { passive: true });
  return () => {
    observer.disconnect();
    removeEventListener('scroll', look);
  };
}

function focusCell(root: HTMLDivElement | null, position: number): boolean {
  const cell = root?.querySelector<HTMLElement>(`[data-position="${position}"]`);
  cell?.focus();
  return cell != null;
}

function bringIntoView(root: HTMLDivElement | null, offset: number, height: number): void {
  if (root === null) return;
  const start = root.getBoundingClientRect().top + offset;
  if (start < height / 2) scrollBy({ top: start - height });
  else if (start + height > innerHeight) scrollBy({ top: start + 1.5 * height - innerHeight });
}

function stepOf(event: KeyboardEvent, at: number, columns: number, total: number): number | null {
  const rowStart = at - (at % columns);
  switch (event.key) {
    case 'ArrowLeft':
      return at - 1;
    case 'ArrowRight':
      return at + 1;
    case 'ArrowUp':
      return at >= columns ? at - columns : at;
    case 'ArrowDown':
      return at + columns < total ? at + columns : at;
    case 'Home':
      return event.ctrlKey ? 0 : rowStart;
    case 'End':
      return event.ctrlKey ? total - 1 : rowStart + columns - 1;
    case 'PageUp':
      return at - 4 * columns;
    case 'PageDown':
      return at + 4 * columns;
    default:
      return null;
  }
}

interface CellProps {
  frames: Frames;
  position: number;
  column: number;
  width: number;
  height: number;
  isTabStop: boolean;
  total: number;
  onOpen: (position: number) => void;
  onFocus: (position: number) => void;
}

function Cell(props: CellProps) {
  const { frames, position, width, height } = props;
  const frame = frames.frames.value[position];
  const time = frame === undefined ? '' : clock(frame.time_seconds, 3);
  const label = t('grid.cell', { n: number(position + 1), total: number(props.total), time });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a cell of the grid above
    // biome-ignore lint/a11y/useFocusableInteractive: its button has the focus
    <div class="frame-cell" role="gridcell" aria-colindex={props.column + 1}>
      <button
        type="button"
        class="frame"
        data-position={position}
        tabIndex={props.isTabStop ? 0 : -1}
        aria-label={label}
        style={{
          inlineSize: `${width}px`,
          blockSize: `${height}px`,
          ...sprite(frames, frame, width),
        }}
        onClick={() => props.onOpen(position)}
        onFocus={() => props.onFocus(position)}
      />
      <time aria-hidden="true">{time}</time>
    </div>
  );
}

/** A thumbnail as the part of its sheet that is shown. */
function sprite(frames: Frames, frame: Frame | undefined, width: number): Record<string, string> {
  const tile = frame?.thumbnail;
  const sheet = tile && frames.sheets.value.get(tile.sheet);
  if (!tile || !sheet) return {};
  const scale = width / tile.width;
  return {
    backgroundImage: `url("${sheet.url}")`,
    backgroundPosition: `${-tile.x * scale}px ${-tile.y * scale}px`,
    backgroundSize: `${sheet.width * scale}px ${sheet.height * scale}px`,
  };
}
