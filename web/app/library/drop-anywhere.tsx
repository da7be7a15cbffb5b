import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { expectFile } from '../preflight/preflight';
import { go } from '../routes';
import { Icon } from '../ui/icons';
import type { Dropped } from '../upload/uploads';
import { t } from '../words';
import { followDrags } from './drop-zone';
import { take } from './take';

/** Takes files that are dropped onto another screen than the library, which is shown then. */
export function DropAnywhere() {
  const isOver = useSignal(false);
  useEffect(() => {
    const showOver = (over: boolean) => {
      isOver.value = over;
      if (over) expectFile();
    };
    const give = (files: Dropped[]) => {
      go('#/');
      void take(files);
    };
    return followDrags(showOver, give);
  }, []);
  if (!isOver.value) return null;
  return (
    <div class="drop-veil" aria-hidden="true">
      <span class="drop-icon">
        <Icon name="upload" size={28} />
      </span>
      <p class="drop-title">{t('drop.title')}</p>
    </div>
  );
}
