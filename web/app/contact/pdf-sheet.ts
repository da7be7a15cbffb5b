/** A contact sheet as a PDF on A4: words as words, pictures as JPEGs. */
import type { Frame } from '../frames/frame-list';
import { captionsOf } from './captions';
import type { Fact } from './evidence';
import type { FramePictures } from './frame-pictures';
import { canvasOf, drawInto, jpegOf } from './jpegs';
import { encoded, type Font, Pdf, type Place } from './pdf';
import {
  ADVANCE,
  cellAt,
  fitted,
  HASH_LINE,
  hashLetter,
  type SheetPlan,
  wrapped,
} from './sheet-layout';

/** Pixels to a point: 150 to an inch. */
export const SCALE = 150 / 72;
const [TITLE, LABEL, VALUE, LEADING] = [20, 8, 10, 13];
const GREY = 0.4;

export interface PdfContents {
  title: string;
  /** What the first page says, if there is one. */
  cover: { heading: string; facts: readonly Fact[] } | null;
  frames: readonly Frame[];
  pictures: FramePictures;
}

/** Draw all pages; `told` hears of each frame, and ends it by throwing. */
export async function pdfSheet(
  plan: SheetPlan,
  { title, cover, frames, pictures }: PdfContents,
  told: (done: number) => void,
): Promise<Blob> {
  const pdf = new Pdf(plan.width, plan.height, title);
  if (cover !== null) await drawCover(pdf, plan, title, cover);
  let page = 0;
  for (const [place, frame] of frames.entries()) {
    const cell = cellAt(plan, place);
    if (cell.page !== page) pdf.endPage();
    page = cell.page;
    await drawPicture(pdf, pictures, frame, cell);
    drawCaptions(pdf, plan, frame, cell);
    told(place + 1);
  }
  pdf.endPage();
  return pdf.finish();
}

async function drawPicture(
  pdf: Pdf,
  pictures: FramePictures,
  frame: Frame,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
): Promise<void> {
  const canvas = canvasOf(width * SCALE, height * SCALE);
  const box = { x: 0, y: 0, width: canvas.canvas.width, height: canvas.canvas.height };
  await pictures.with(frame, (part) => drawInto(canvas, part, box));
  pdf.image(await jpegOf(canvas), { x, y }, width, height);
}

function drawCaptions(
  pdf: Pdf,
  plan: SheetPlan,
  frame: Frame,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
): void {
  for (const [line, { words, kind }] of captionsOf(frame, plan.captions).entries()) {
    const place = { x, y: y + height + (line + 1) * plan.line };
    const size = kind === 'hash' ? hashLetter(plan) : plan.letter;
    const letters = kind === 'hash' ? HASH_LINE : Math.floor(width / (size * ADVANCE));
    const font = kind === 'time' ? 'Helvetica-Bold' : 'Courier';
    pdf.text(fitted(words, letters), place, font, size, kind === 'time' ? 0 : GREY);
  }
}

/** The first page: a heading, and what there is to know, with its labels above. */
async function drawCover(
  pdf: Pdf,
  { margin, width }: SheetPlan,
  title: string,
  { heading, facts }: NonNullable<PdfContents['cover']>,
): Promise<void> {
  const across = width - 2 * margin;
  let y = margin + TITLE;
  pdf.text(heading, { x: margin, y }, 'Helvetica-Bold', TITLE);
  y += LEADING * 2;
  for (const line of wrapped(title, across, VALUE + 3)) {
    await words(pdf, line, { x: margin, y }, 'Helvetica', VALUE + 3);
    y += LEADING * 1.3;
  }
  pdf.rule({ x: margin, y: y - 4 }, across);
  y += LEADING;
  for (const [label, value] of facts) {
    pdf.text(label, { x: margin, y }, 'Helvetica', LABEL, GREY);
    y += LEADING;
    for (const line of wrapped(value, across, VALUE)) {
      await words(pdf, line, { x: margin, y }, 'Helvetica', VALUE);
      y += LEADING;
    }
    y += LEADING / 2;
  }
  pdf.endPage();
}

const FAMILY = 'system-ui, sans-serif';

/** Write a line; one in another script as a picture of it. */
async function words(
  pdf: Pdf,
  text: string,
  place: Place,
  font: Font,
  size: number,
): Promise<void> {
  if (encoded(text) !== null) return pdf.text(text, place, font, size);
  const pixels = size * SCALE * 2;
  const measure = canvasOf(1, 1);
  measure.font = `${pixels}px ${FAMILY}`;
  const width = Math.ceil(measure.measureText(text).width) + 4;
  const canvas = canvasOf(width, pixels * 1.4);
  canvas.font = `${pixels}px ${FAMILY}`;
  canvas.fillStyle = '#000';
  canvas.fillText(text, 2, pixels * 1.05);
  const height = canvas.canvas.height / (SCALE * 2);
  const at = { x: place.x, y: place.y - size * 1.05 };
  pdf.image(await jpegOf(canvas), at, canvas.canvas.width / (SCALE * 2), height, text);
}
