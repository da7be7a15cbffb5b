import { attempt } from '../library/actions';
import { TimesMenu } from '../times/times-menu';
import { toast } from '../ui/announce';
import { Button } from '../ui/button';
import { Icon } from '../ui/icons';
import { bytes, counted, number, t } from '../words';
import type { Gallery } from './gallery';
import { positionsOf, sizeOf } from './ranges';
import { canShare, downloadFrames, linkTo, shareFrames } from './taking';
import { words } from './words';

/** What is picked, and what can be done with it; at the bottom of the window. */
export function PickBar({ gallery }: { gallery: Gallery }) {
  const { picks, list, extraction } = gallery;
  const picked = picks.picked.value;
  const count = sizeOf(picked);
  if (count === 0 || !list.isWhole) return null;
  return (
    <section class="pick-bar" data-edge="lower" aria-label={words('picks.label')}>
      <p class="figures">
        <Icon name="check" size={18} />
        {words('picks.line', { n: number(count), size: bytes(list.bytesOf(picked)) })}
      </p>
      <Button
        kind="primary"
        icon="download"
        onClick={() => attempt(() => downloadFrames(extraction, picked))}
      >
        {words('picks.zip')}
      </Button>
      <Button icon="sheet" onClick={() => (gallery.onSheet.value = picked)}>
        {words('picks.sheet')}
      </Button>
      <TimesMenu gallery={gallery} ranges={picked} />
      <Button icon="link" onClick={() => copyLink(gallery)}>
        {words('picks.link')}
      </Button>
      {canShare(count) && (
        <Button
          icon="share"
          onClick={() => attempt(() => shareFrames(gallery, positionsOf(picked)))}
        >
          {words('picks.share')}
        </Button>
      )}
      <Button class="pick-clear" kind="quiet" onClick={() => clearPicks(gallery)}>
        {words('picks.clear')}
      </Button>
    </section>
  );
}

async function copyLink({ picks, extraction }: Gallery): Promise<void> {
  const link = linkTo(extraction, picks.picked.value);
  if (link === null) return toast(words('picks.noLink'));
  await navigator.clipboard.writeText(link);
  toast(t('copied'));
}

/** Pick nothing any more; what was picked can be had back. */
export function clearPicks({ picks }: Gallery): void {
  const count = sizeOf(picks.picked.value);
  if (count === 0) return;
  const undo = picks.clear();
  toast(counted('picks.cleared', count), { words: words('undo'), run: undo });
}
