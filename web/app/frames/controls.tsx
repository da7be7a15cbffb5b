import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useId } from 'preact/hooks';
import { readSeconds } from '../compose/times';
import { Button } from '../ui/button';
import { Check } from '../ui/field';
import { number, t } from '../words';
import type { Gallery } from './gallery';
import { firstSize, SIZES } from './layout';
import { sizeOf } from './ranges';
import { SelectMenu } from './select-menu';
import { Strip } from './strip';
import { words } from './words';

interface ControlsProps {
  gallery: Gallery;
  /** The field for a time, which a key leads to. */
  goToField: RefObject<HTMLInputElement | null>;
}

/** Stays above the grid: where the view is, where it is to go, which frames, and how large. */
export function Controls({ gallery, goToField }: ControlsProps) {
  const { picks, isOnlyPicked, isRejectedHidden } = gallery;
  const hasRejected = picks.rejected.value.length > 0 || isRejectedHidden.value;
  return (
    <div class="frame-controls" data-edge="upper">
      <Strip gallery={gallery} />
      <div class="frame-tools">
        <GoTo gallery={gallery} field={goToField} />
        <SelectMenu gallery={gallery} />
        {/* Always: if it came with the first pick, it could move the frames. */}
        <Check
          label={words('filter.picked')}
          checked={isOnlyPicked.value}
          onChecked={(checked) => (isOnlyPicked.value = checked)}
        />
        {hasRejected && (
          <Check
            label={words('filter.rejected')}
            checked={isRejectedHidden.value}
            onChecked={(checked) => (isRejectedHidden.value = checked)}
          />
        )}
        <Duplicates gallery={gallery} />
        <Size gallery={gallery} />
      </div>
    </div>
  );
}

interface GoToProps {
  gallery: Gallery;
  field: RefObject<HTMLInputElement | null>;
}

function GoTo({ gallery, field }: GoToProps) {
  const id = useId();
  const time = useSignal('');
  const isWrong = useSignal(false);
  const go = (event: Event) => {
    event.preventDefault();
    const seconds = readSeconds(time.value, gallery.extraction.source?.frame_rate ?? undefined);
    isWrong.value = seconds === null;
    if (seconds === null) return;
    gallery.goToTime(seconds.toNumber());
    time.value = '';
  };
  return (
    <form class="go-to" onSubmit={go}>
      <label for={id}>{words('goTo')}</label>
      <input
        ref={field}
        id={id}
        class="input"
        placeholder="0:00"
        autocomplete="off"
        value={time.value}
        aria-invalid={isWrong.value ? 'true' : undefined}
        aria-describedby={isWrong.value ? `${id}-error` : undefined}
        onInput={(event) => {
          time.value = event.currentTarget.value;
          isWrong.value = false;
        }}
      />
      {isWrong.value && (
        <span class="error" id={`${id}-error`} role="alert">
          {t('range.wrong')}
        </span>
      )}
    </form>
  );
}

/** Hide what another frame stands for. It is found when this is asked for, and only then. */
function Duplicates({ gallery }: { gallery: Gallery }) {
  const { duplicates, isDuplicatesHidden, list } = gallery;
  const found = duplicates.found.value;
  const hide = (checked: boolean) => {
    isDuplicatesHidden.value = checked;
    if (checked) duplicates.begin();
    else duplicates.stop();
  };
  if (list.total < 2) return null;
  return (
    <>
      <Check
        label={
          found === null
            ? words('filter.duplicates')
            : words('filter.duplicatesN', { n: number(sizeOf(found.others)) })
        }
        checked={isDuplicatesHidden.value}
        disabled={!list.isWhole}
        onChecked={hide}
      />
      {isDuplicatesHidden.value && found === null && (
        <span class="hint figures">
          {duplicates.isFailed.value
            ? words('filter.lookFailed')
            : words('filter.looking', {
                n: number(duplicates.seen.value),
                total: number(list.total),
              })}
        </span>
      )}
    </>
  );
}

/** Smaller and larger thumbnails. */
function Size({ gallery }: { gallery: Gallery }) {
  const size = gallery.size.value ?? firstSize(innerWidth);
  return (
    <div class="frame-size">
      <Button
        small
        kind="quiet"
        icon="minus"
        iconOnly
        busy={size === 0}
        onClick={() => gallery.chooseSize(size - 1)}
      >
        {words('size.smaller')}
      </Button>
      <Button
        small
        kind="quiet"
        icon="plus"
        iconOnly
        busy={size === SIZES.length - 1}
        onClick={() => gallery.chooseSize(size + 1)}
      >
        {words('size.larger')}
      </Button>
    </div>
  );
}
