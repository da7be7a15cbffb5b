/** The built-in clip: fetched like a file that somebody drops, and sent the same way. */
import type { Dropped } from '../upload/uploads';
import address from './sample.mp4';
import { t } from './words';

/** Throws where it does not come. */
export async function fetchSample(): Promise<Dropped> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`sample: ${answer.status}`);
  const file = new File([await answer.blob()], t('sample.file'), { type: 'video/mp4' });
  return { file, handle: null };
}
