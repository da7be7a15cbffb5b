import type { Extraction } from '../api/client';
import { t } from '../words';

/** Leads to what can be done about a failure. */
export function RemedyLink({ extraction }: { extraction: Extraction }) {
  const { reason } = extraction;
  return (
    <a class="button small" href={`#/help/failures${reason === null ? '' : `/${reason}`}`}>
      {t('help.remedy')}
    </a>
  );
}
