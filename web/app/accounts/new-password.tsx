import { ApiProblem, explain } from '../api/problems';
import { Field } from '../ui/field';
import { number, t } from '../words';
import { rules } from './rules';

interface NewPasswordProps {
  value: string;
  onValue: (value: string) => void;
  error: string | null;
}

/** A field for a password to come, which says beforehand what it needs. */
export function NewPassword({ value, onValue, error }: NewPasswordProps) {
  const least = rules.value?.password_min_characters;
  return (
    <Field
      label={t('password.new')}
      name="new-password"
      type="password"
      autocomplete="new-password"
      value={value}
      onValue={onValue}
      hint={least === undefined ? undefined : t('password.least', { n: number(least) })}
      error={error}
      required
    />
  );
}

/** What is wrong with a new password, if that is what a problem is about. */
export function passwordProblem(problem: unknown): string | null {
  const isAbout = problem instanceof ApiProblem && problem.code.startsWith('password_too');
  return isAbout ? explain(problem) : null;
}
