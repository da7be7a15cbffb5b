/** A contact sheet as one JPEG. */
import type { Frame } from '../frames/frame-list';
import { captionsOf } from './captions';
import type { FramePictures } from './frame-pictures';
import { canvasOf, drawInto, jpegBlob } from './jpegs';
import { ADVANCE, cellAt, fitted, hashLetter, heightFor, type SheetPlan } from './sheet-layout';

/** What every browser draws: so many pixels high, and so many in all. */
const MOST_HEIGHT = 16_000;
const MOST_PIXELS = 64_000_000;
/** A JPEG's width, and all else that the plan for it has. */
export const JPEG = {
  width: 2000,
  height: Number.POSITIVE_INFINITY,
  margin: 40,
  gap: 20,
  letter: 20,
  line: 28,
};

/** How many pictures one JPEG holds. */
export function mostOn(plan: SheetPlan): number {
  const height = Math.min(MOST_HEIGHT, MOST_PIXELS / plan.width);
  let rows = 0;
  while (heightFor(plan, (rows + 1) * plan.columns) <= height) rows += 1;
  return rows * plan.columns;
}

export async function jpegSheet(
  plan: SheetPlan,
  frames: readonly Frame[],
  pictures: FramePictures,
  told: (done: number) => void,
): Promise<Blob> {
  const context = canvasOf(plan.width, heightFor(plan, frames.length));
  for (const [place, frame] of frames.entries()) {
    const cell = cellAt(plan, place);
    await pictures.with(frame, (part) => drawInto(context, part, cell));
    for (const [line, { words, kind }] of captionsOf(frame, plan.captions).entries()) {
      const size = kind === 'hash' ? hashLetter(plan) : plan.letter;
      const family = kind === 'time' ? 'system-ui, sans-serif' : 'monospace';
      context.font = `${kind === 'time' ? '600 ' : ''}${size}px ${family}`;
      context.fillStyle = kind === 'time' ? '#000' : '#555';
      const letters = Math.floor(cell.width / (size * ADVANCE)) + 1;
      context.fillText(
        fitted(words, letters),
        cell.x,
        cell.y + cell.height + (line + 1) * plan.line,
      );
    }
    told(place + 1);
  }
  return jpegBlob(context);
}
