/** Several recipes in the making, one of which is shown. */
import { type Draft, FIRST_DRAFT } from './draft';

export interface Drafts {
  all: readonly Draft[];
  current: number;
}

export const FIRST_DRAFTS: Drafts = { all: [FIRST_DRAFT], current: 0 };
/** The API takes no more at one upload. */
export const MOST_DRAFTS = 100;

export function currentDraft({ all, current }: Drafts): Draft {
  return all[current] ?? FIRST_DRAFT;
}

/** Change the one that is shown. For how long a video is kept, all say alike. */
export function changed({ all, current }: Drafts, fields: Partial<Draft>): Drafts {
  const { days } = fields;
  return {
    all: all.map((each, index) =>
      index === current ? { ...each, ...fields } : days === undefined ? each : { ...each, days },
    ),
    current,
  };
}

/** One more, which begins as what is shown, and is shown instead. */
export function added({ all, current }: Drafts): Drafts {
  return { all: [...all, all[current] ?? FIRST_DRAFT], current: all.length };
}

/** Without the one that is shown; its neighbour is shown instead. One always stays. */
export function removed({ all, current }: Drafts): Drafts {
  if (all.length === 1) return { all, current };
  return { all: all.toSpliced(current, 1), current: Math.max(0, current - 1) };
}
