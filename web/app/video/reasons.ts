/** Why an extraction failed, and what is short about it: in the words of the mails. */
import type { Extraction } from '../api/client';
import { language, t } from '../words';
import told from '../words/phrases.json';

interface Failure {
  what: string;
  remedy: string;
}

interface Phrases {
  failures: Record<string, Failure>;
  warnings: Record<string, string>;
}

/** Every reason and warning, in the language that is spoken. */
export function phrases(): Phrases {
  return told[language.value];
}

/** What happened, and what can be done. A reason that has no words is told as the API tells it. */
export function failureWords({ reason, detail }: Extraction): Failure {
  const { failures } = phrases();
  const known = reason === null || reason === 'other' ? undefined : failures[reason];
  return known ?? { what: detail ?? t('problem.unknown'), remedy: '' };
}

/** What is short about a completed extraction. */
export function warningWords({ code, detail }: Extraction['warnings'][number]): string {
  const { warnings } = phrases();
  return code === 'other' ? detail : (warnings[code] ?? detail);
}
