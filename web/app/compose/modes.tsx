import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { Player } from '../parts';
import type { Playable } from '../player/playable';
import { Button } from '../ui/button';
import { Field } from '../ui/field';
import { t } from '../words';
import { type Draft, MODES } from './draft';
import type { Composed } from './recipe';
import { withTime } from './times';
import { own } from './words';

interface ModesProps {
  draft: Draft;
  change: (fields: Partial<Draft>) => void;
  composed: Composed;
  playable?: Playable | null | undefined;
  isPlayerOpen?: boolean | undefined;
}

/** Which way of choosing, and what that way asks. */
export function Modes(props: ModesProps) {
  const { draft, change } = props;
  const name = useId();
  return (
    <fieldset>
      <legend class="legend">{t('compose.which')}</legend>
      <div class="modes">
        {MODES.map((mode) => (
          <label key={mode} class="check">
            <input
              type="radio"
              name={name}
              checked={draft.mode === mode}
              onChange={() => change({ mode })}
            />
            <span>{t(`mode.${mode}`)}</span>
          </label>
        ))}
      </div>
      <ModeField {...props} />
    </fieldset>
  );
}

function ModeField(props: ModesProps) {
  const { draft, change, composed } = props;
  const { mode } = draft;
  if (mode === 'times') return <TimesField {...props} />;
  if (mode !== 'interval' && mode !== 'fps' && mode !== 'count') {
    return <p class="hint">{t(`mode.${mode}.hint`)}</p>;
  }
  const field = mode === 'interval' ? 'seconds' : mode;
  return (
    <Field
      label={t(`mode.${mode}.field`)}
      name={field}
      inputMode="decimal"
      value={draft[field]}
      onValue={(value) => change({ [field]: value })}
      error={composed.wrong.has(field) ? t('compose.wrongNumber') : null}
    />
  );
}

function TimesField({ draft, change, composed, playable, isPlayerOpen }: ModesProps) {
  const id = useId();
  const isOpen = useSignal(isPlayerOpen === true);
  const take = (time: string) => {
    const times = withTime(draft.times, time);
    if (times !== null) change({ times });
    return times !== null;
  };
  return (
    <div class="field">
      <label for={id}>{t('mode.times.field')}</label>
      <textarea
        id={id}
        class="input"
        rows={4}
        placeholder="1:02.5  62.5  1001/30  50%"
        value={draft.times}
        aria-describedby={`${id}-hint`}
        onInput={(event) => change({ times: event.currentTarget.value })}
      />
      <p class="hint" id={`${id}-hint`}>
        {t('mode.times.hint')}
      </p>
      {composed.unread.length > 0 && (
        <p class="error" role="status">
          {t('mode.times.unread', { words: composed.unread.slice(0, 5).join(', ') })}
        </p>
      )}
      {playable && (
        <>
          <p>
            <Button
              small
              icon="film"
              expanded={isOpen.value}
              onClick={() => (isOpen.value = !isOpen.value)}
            >
              {own(isOpen.value ? 'player.close' : 'player.open')}
            </Button>
          </p>
          {isOpen.value && <Player playable={playable} onTake={take} />}
        </>
      )}
    </div>
  );
}
