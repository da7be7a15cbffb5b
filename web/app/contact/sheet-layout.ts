/** Where pictures and their captions lie on the pages of a contact sheet. */

export interface Captions {
  name: boolean;
  sha256: boolean;
}

export interface SheetPlan {
  columns: number;
  /** A picture's width by its height. */
  ratio: number;
  captions: Captions;
  /** Of a page, with what is left free around what is on it; the height may be without an end. */
  width: number;
  height: number;
  margin: number;
  /** Between cells. */
  gap: number;
  /** Of the captions' letters, and of their lines. */
  letter: number;
  line: number;
}

export interface Cell {
  page: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A4 in points. */
export const A4 = { width: 595.28, height: 841.89, margin: 36, gap: 10, letter: 7, line: 9 };
/** Letters of a hash on one line. */
export const HASH_LINE = 32;
const HASH_LETTERS = 64;
/** Of a letter's height its width, in a font where all have one. */
export const ADVANCE = 0.6;

export function columnWidth({ width, margin, gap, columns }: SheetPlan): number {
  return (width - 2 * margin - gap * (columns - 1)) / columns;
}

/** The lines below a picture: the time, and what else is wanted. */
export function captionLines({ captions }: SheetPlan): number {
  return 1 + (captions.name ? 1 : 0) + (captions.sha256 ? HASH_LETTERS / HASH_LINE : 0);
}

/** The height of letters so that a line of a hash is as wide as a picture, at most. */
export function hashLetter(plan: SheetPlan): number {
  return Math.min(plan.letter, columnWidth(plan) / (HASH_LINE * ADVANCE));
}

export function cellHeight(plan: SheetPlan): number {
  return columnWidth(plan) / plan.ratio + captionLines(plan) * plan.line + 3;
}

export function rowsOnPage(plan: SheetPlan): number {
  const room = plan.height - 2 * plan.margin + plan.gap;
  return Math.max(1, Math.floor(room / (cellHeight(plan) + plan.gap)));
}

/** Where the picture of a place is; its captions are below it. */
export function cellAt(plan: SheetPlan, place: number): Cell {
  const width = columnWidth(plan);
  const row = Math.floor(place / plan.columns);
  const rows = rowsOnPage(plan);
  return {
    page: Math.floor(row / rows),
    x: plan.margin + (place % plan.columns) * (width + plan.gap),
    y: plan.margin + (row % rows) * (cellHeight(plan) + plan.gap),
    width,
    height: width / plan.ratio,
  };
}

/** The height of one page that holds so many pictures. */
export function heightFor(plan: SheetPlan, count: number): number {
  const rows = Math.ceil(count / plan.columns);
  return 2 * plan.margin + rows * (cellHeight(plan) + plan.gap) - plan.gap;
}

/** A name that is cut in its middle, where it is longer than a line has room for. */
export function fitted(text: string, letters: number): string {
  if (text.length <= letters) return text;
  const head = Math.ceil((letters - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (letters - 1 - head))}`;
}

/** Letters of Helvetica are about so wide, of their height. */
const MEAN_ADVANCE = 0.52;

/** Lines that have room side by side, broken between words where there are any. */
export function wrapped(text: string, width: number, size: number): string[] {
  const letters = Math.floor(width / (size * MEAN_ADVANCE));
  const lines: string[] = [];
  let rest = text.replaceAll(/\s+/g, ' ').trim();
  while (rest.length > letters) {
    const space = rest.lastIndexOf(' ', letters);
    const end = space > letters / 2 ? space : letters;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}
