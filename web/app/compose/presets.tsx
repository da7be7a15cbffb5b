import { useSignal } from '@preact/signals';
import { Button } from '../ui/button';
import { Confirm } from '../ui/dialog';
import { Field } from '../ui/field';
import { t } from '../words';
import { type Draft, PRESETS } from './draft';
import { deletePreset, type OwnPreset, ownPresets, renamePreset, savePreset } from './own-presets';
import { own } from './words';

interface PresetsProps {
  draft: Draft;
  change: (fields: Partial<Draft>) => void;
}

/** Ways of choosing that have a name: ours, and the user's own. */
export function Presets({ draft, change }: PresetsProps) {
  const named = useSignal<OwnPreset | 'new' | null>(null);
  const deleted = useSignal<OwnPreset | null>(null);
  const chosen = ownPresets.value.find(({ fields }) => says(draft, fields));
  const name = (next: string) => {
    const before = named.value;
    if (before === 'new') savePreset(next, draft);
    else if (before !== null) renamePreset(before.name, next);
    named.value = null;
  };
  return (
    <div class="presets">
      <fieldset class="chips">
        <legend class="unseen">{t('compose.presets')}</legend>
        {Object.entries(PRESETS).map(([preset, fields]) => (
          <Chip key={preset} isOn={says(draft, fields)} onClick={() => change(fields)}>
            {t(`preset.${preset}` as 'preset.slides')}
          </Chip>
        ))}
        {ownPresets.value.map((each) => (
          <Chip key={each.name} isOn={each === chosen} onClick={() => change(each.fields)}>
            {each.name}
          </Chip>
        ))}
        {chosen && (
          <>
            <Button small kind="quiet" icon="edit" iconOnly onClick={() => (named.value = chosen)}>
              {own('preset.rename', { name: chosen.name })}
            </Button>
            <Button
              small
              kind="quiet"
              icon="trash"
              iconOnly
              onClick={() => (deleted.value = chosen)}
            >
              {own('preset.delete', { name: chosen.name })}
            </Button>
          </>
        )}
        {!chosen && named.value === null && (
          <Button small kind="quiet" icon="plus" onClick={() => (named.value = 'new')}>
            {own('preset.save')}
          </Button>
        )}
      </fieldset>
      {named.value !== null && (
        <NameForm
          key={named.value === 'new' ? '' : named.value.name}
          first={named.value === 'new' ? '' : named.value.name}
          onName={name}
          onClose={() => (named.value = null)}
        />
      )}
      {deleted.value && (
        <Confirm
          title={own('preset.deleteTitle')}
          text={own('preset.deleteText', { name: deleted.value.name })}
          action={t('delete')}
          onConfirm={() => deleted.value && deletePreset(deleted.value.name)}
          onClose={() => (deleted.value = null)}
        />
      )}
    </div>
  );
}

/** Whether a draft says all that a preset does. */
function says(draft: Draft, fields: Partial<Draft>): boolean {
  return Object.entries(fields).every(([field, value]) => draft[field as keyof Draft] === value);
}

interface ChipProps {
  isOn: boolean;
  onClick: () => void;
  children: string;
}

function Chip({ isOn, onClick, children }: ChipProps) {
  return (
    <button type="button" class="chip" aria-pressed={isOn} onClick={onClick}>
      {children}
    </button>
  );
}

interface NameFormProps {
  first: string;
  onName: (name: string) => void;
  onClose: () => void;
}

function NameForm({ first, onName, onClose }: NameFormProps) {
  const name = useSignal(first);
  const isGood = name.value.trim() !== '';
  return (
    <form
      class="preset-name"
      onSubmit={(event) => {
        event.preventDefault();
        if (isGood) onName(name.value.trim());
      }}
    >
      <Field
        label={own('preset.name')}
        name="preset"
        value={name.value}
        onValue={(value) => (name.value = value)}
        hint={own('preset.hint')}
      />
      <Button type="submit" busy={!isGood}>
        {own('save')}
      </Button>
      <Button kind="quiet" onClick={onClose}>
        {t('cancel')}
      </Button>
    </form>
  );
}
