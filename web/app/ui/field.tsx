import { useId, useState } from 'preact/hooks';
import { t } from '../words';
import { Button } from './button';

interface FieldProps {
  label: string;
  name: string;
  value: string;
  onValue: (value: string) => void;
  type?: 'text' | 'email' | 'password' | 'number' | 'search';
  autocomplete?: string;
  hint?: string | undefined;
  error?: string | null;
  required?: boolean;
  inputMode?: 'decimal' | 'numeric' | 'email';
  min?: number;
  max?: number;
  /** Has the focus when its dialog is opened. */
  autofocus?: boolean;
}

/** A labelled field with its hint and what is wrong with it. */
export function Field(props: FieldProps) {
  const id = useId();
  const [isShown, show] = useState(false);
  const { label, hint, error, type = 'text' } = props;
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  const input = (
    <input
      id={id}
      class="input"
      name={props.name}
      type={(type === 'password' && isShown ? 'text' : type) as 'text'}
      value={props.value}
      autocomplete={props.autocomplete as 'on'}
      inputMode={props.inputMode}
      min={props.min}
      max={props.max}
      autofocus={props.autofocus}
      aria-required={props.required}
      aria-invalid={error ? 'true' : undefined}
      aria-describedby={described || undefined}
      spellcheck={false}
      onInput={(event) => props.onValue(event.currentTarget.value)}
    />
  );
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {type === 'password' ? (
        <div class="with-button">
          {input}
          <Button kind="quiet" icon="eye" iconOnly onClick={() => show(!isShown)}>
            {t(isShown ? 'field.hide' : 'field.show')}
          </Button>
        </div>
      ) : (
        input
      )}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

interface SelectProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly (readonly [value: Value, words: string])[];
  onValue: (value: Value) => void;
  /** The label is for those who hear the page. */
  labelUnseen?: boolean;
}

export function Select<Value extends string>(props: SelectProps<Value>) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={props.labelUnseen ? 'unseen' : undefined}>
        {props.label}
      </label>
      <select
        id={id}
        class="input"
        value={props.value}
        onChange={(event) => props.onValue(event.currentTarget.value as Value)}
      >
        {props.options.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}

interface CheckProps {
  label: string;
  hint?: string;
  checked: boolean;
  disabled?: boolean;
  onChecked: (checked: boolean) => void;
}

export function Check({ label, hint, checked, disabled, onChecked }: CheckProps) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChecked(event.currentTarget.checked)}
      />
      <span>
        {label}
        {hint && <span class="hint"> {hint}</span>}
      </span>
    </label>
  );
}
