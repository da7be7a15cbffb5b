/** What becomes of files that are dropped or chosen. */
import { user } from '../session/session';
import { toast } from '../ui/announce';
import { addFiles, type Dropped } from '../upload/uploads';
import { bytes, number, t } from '../words';
import { composeFor } from './composing';
import { limits } from './store';

/** Send files at once, and have their frames chosen meanwhile. */
export async function take(files: readonly Dropped[]): Promise<void> {
  const me = user.value;
  if (me === null) return;
  const most = limits.value?.max_upload_bytes ?? Number.POSITIVE_INFINITY;
  const isGood = ({ file }: Dropped) => file.size > 0 && file.size <= most;
  refuse(
    files.filter((each) => !isGood(each)).map(({ file }) => file),
    most,
  );
  const good = files.filter(isGood);
  if (good.length > 0) composeFor(await addFiles(good, me.id));
}

const REFUSALS_TOLD = 3;

function refuse(files: readonly File[], most: number): void {
  for (const { name, size } of files.slice(0, REFUSALS_TOLD)) {
    if (size === 0) toast(t('drop.isEmpty', { name }));
    else toast(t('drop.tooLarge', { name, limit: bytes(most) }));
  }
  const rest = files.length - REFUSALS_TOLD;
  if (rest > 0) toast(t('drop.moreRefused', { n: number(rest) }));
}
