/** The recipe that a draft says, or what is wrong with its fields. */
import type { Recipe } from '../api/client';
import { Fraction } from '../preflight/fraction';
import type { Draft, DraftField } from './draft';
import { readSeconds, readTimes } from './times';

export interface Composed {
  /** Null as long as a field is wrong. */
  recipe: Recipe | null;
  retentionDays: number | null;
  /** Fields that cannot be read. */
  wrong: ReadonlySet<DraftField>;
  /** Of a list of times, what could not be read. */
  unread: string[];
}

/** What is to be extracted: one recipe, or several. */
export interface Chosen {
  recipes: Recipe[];
  retentionDays: number | null;
}

/** What drafts come to; null as long as one of them is not finished. */
export function chosenOf(all: readonly Composed[]): Chosen | null {
  const recipes = all.flatMap(({ recipe }) => recipe ?? []);
  if (recipes.length < all.length) return null;
  return { recipes, retentionDays: all[0]?.retentionDays ?? null };
}

/** The recipe that a draft says. */
export function compose(draft: Draft, frameRate?: number): Composed {
  const wrong = new Set<DraftField>();
  const unread: string[] = [];
  const number = (field: DraftField, most: number, least = 1) => {
    const value = Number(draft[field]);
    const isRight = Number.isInteger(value) && value >= least && value <= most;
    if (!isRight) wrong.add(field);
    return value;
  };
  const sampling = samplingOf(draft, wrong, unread, number, frameRate);
  const range = rangeOf(draft, wrong);
  const output = {
    format: draft.format,
    ...(draft.format !== 'png' && { quality: number('quality', 100) }),
    ...(draft.maxWidth !== '' && { max_width: number('maxWidth', 16_384, 16) }),
  };
  const retentionDays = draft.days === '' ? null : number('days', 36_500);
  const recipe = wrong.size > 0 ? null : ({ sampling, ...range, output } as Recipe);
  return { recipe, retentionDays, wrong, unread };
}

function samplingOf(
  draft: Draft,
  wrong: Set<DraftField>,
  unread: string[],
  number: (field: DraftField, most: number) => number,
  frameRate?: number,
): Recipe['sampling'] {
  switch (draft.mode) {
    case 'interval':
      return { mode: 'interval', seconds: positive(draft, 'seconds', wrong) };
    case 'fps':
      return { mode: 'fps', fps: positive(draft, 'fps', wrong) };
    case 'count':
      return { mode: 'count', count: number('count', 1_000_000) };
    case 'times': {
      const read = readTimes(draft.times, frameRate);
      unread.push(...read.unread);
      if (read.times.length === 0 || read.times.length > 10_000) wrong.add('times');
      return { mode: 'times', times: read.times };
    }
    case 'scene':
      return { mode: 'scene' };
    default:
      return { mode: draft.mode };
  }
}

function positive(draft: Draft, field: 'seconds' | 'fps', wrong: Set<DraftField>): string {
  const value = Fraction.parse(draft[field].replace(',', '.'));
  if (value === null || !Fraction.ZERO.isBefore(value)) wrong.add(field);
  return value?.toString() ?? '';
}

function rangeOf(draft: Draft, wrong: Set<DraftField>): { start?: string; end?: string } {
  const start = draft.start.trim() === '' ? Fraction.ZERO : readSeconds(draft.start);
  const end = draft.end.trim() === '' ? null : readSeconds(draft.end);
  if (start === null) wrong.add('start');
  const isLater = end === null || start === null || start.isBefore(end);
  if ((draft.end.trim() !== '' && end === null) || !isLater) wrong.add('end');
  return {
    ...(start !== null && Fraction.ZERO.isBefore(start) && { start: start.toString() }),
    ...(end !== null && { end: end.toString() }),
  };
}
