/** What a comparison comes to. */
import type { Checked } from './check-files';
import { VERDICTS, type Verdict } from './compare';

type Headline =
  | { key: 'all.one' | 'not.altered' | 'not.added' | 'not.missing' }
  | { key: 'all.other'; n: number };

/** Whether everything that was dropped is as it was made, and nothing lacks that should be there. */
export function isGood({ counts, isWhole }: Checked): boolean {
  return counts.altered + counts.added + (isWhole ? counts.missing : 0) === 0;
}

/** The sentence above everything else: the worst of what was found. */
export function headline(checked: Checked): Headline {
  const { counts } = checked;
  if (counts.altered > 0) return { key: 'not.altered' };
  if (counts.added > 0) return { key: 'not.added' };
  if (!isGood(checked)) return { key: 'not.missing' };
  const n = counts.unchanged + counts.renamed;
  return n === 1 ? { key: 'all.one' } : { key: 'all.other', n };
}

/** Of which verdicts the files are listed; those that were not asked for are none that miss. */
export function shownVerdicts({ counts, isWhole }: Checked): Verdict[] {
  return VERDICTS.filter((each) => counts[each] > 0 && (each !== 'missing' || isWhole));
}
