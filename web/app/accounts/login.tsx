import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ApiProblem } from '../api/problems';
import { go } from '../routes';
import { enterWith } from '../session/session';
import { Button } from '../ui/button';
import { Field } from '../ui/field';
import { Form, useForm } from '../ui/form';
import { Note } from '../ui/note';
import { t } from '../words';
import { Card } from './card';
import { ResendLink } from './resend';
import { learnRules, rules } from './rules';

const OF_STRANGERS = /^#\/(login|register|forgot|verify|reset)/;

export function Login({ note }: { note?: string | undefined }) {
  const form = useForm();
  const email = useSignal('');
  const password = useSignal('');
  useEffect(() => void learnRules(), []);
  const problem = form.error.value;
  const isUnverified = problem instanceof ApiProblem && problem.code === 'email_not_verified';
  return (
    <Card name={t('login.title')}>
      {note && <Note kind="good">{note}</Note>}
      <Form
        state={form}
        onSubmit={async () => {
          const { hash } = location;
          await enterWith(email.value, password.value);
          // Whoever has opened something else meanwhile stays there.
          if (location.hash === hash && OF_STRANGERS.test(hash)) go('#/');
        }}
      >
        <EmailField value={email.value} onValue={(value) => (email.value = value)} />
        <Field
          label={t('login.password')}
          name="password"
          type="password"
          autocomplete="current-password"
          value={password.value}
          onValue={(value) => (password.value = value)}
        />
        <Button type="submit" kind="primary" busy={form.busy.value}>
          {t('login.action')}
        </Button>
      </Form>
      {isUnverified && <ResendLink email={email.value} />}
      <p class="gate-links">
        <a href="#/forgot">{t('login.forgot')}</a>
        {rules.value?.registration_open !== false && <a href="#/register">{t('login.register')}</a>}
      </p>
    </Card>
  );
}

interface EmailProps {
  value: string;
  onValue: (value: string) => void;
  error?: string | null;
  label?: string;
}

export function EmailField({ value, onValue, error = null, label }: EmailProps) {
  return (
    <Field
      label={label ?? t('login.email')}
      name="email"
      type="email"
      inputMode="email"
      autocomplete="username"
      value={value}
      onValue={onValue}
      error={error}
      required
    />
  );
}
