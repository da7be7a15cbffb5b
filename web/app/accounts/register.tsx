import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { answer, auth } from '../api/client';
import { ApiProblem, explain } from '../api/problems';
import { go } from '../routes';
import { enterWith } from '../session/session';
import { Button } from '../ui/button';
import { Form, useForm } from '../ui/form';
import { Note } from '../ui/note';
import { language, t } from '../words';
import { Card } from './card';
import { EmailField } from './login';
import { NewPassword, passwordProblem } from './new-password';
import { ResendLink } from './resend';
import { learnRules, rules } from './rules';

export function Register() {
  const form = useForm();
  const email = useSignal('');
  const password = useSignal('');
  const mailedTo = useSignal<string | null>(null);
  useEffect(() => void learnRules(), []);
  if (rules.value?.registration_open === false) return <RegistrationClosed />;
  if (mailedTo.value !== null) return <MailSent email={mailedTo.value} />;
  const problem = form.error.value;
  const emailProblem =
    problem instanceof ApiProblem && /email/.test(problem.code) ? explain(problem) : null;
  return (
    <Card name={t('register.title')}>
      <Form
        state={form}
        onSubmit={async () => {
          const body = { email: email.value, password: password.value, locale: language.value };
          await answer(auth.POST('/auth/register', { body }));
          if (rules.value?.verified_email_required === false) {
            await enterWith(email.value, password.value);
            go('#/');
          } else mailedTo.value = email.value;
        }}
      >
        <EmailField
          value={email.value}
          onValue={(value) => (email.value = value)}
          error={emailProblem}
        />
        <NewPassword
          value={password.value}
          onValue={(value) => (password.value = value)}
          error={passwordProblem(problem)}
        />
        <Button type="submit" kind="primary" busy={form.busy.value}>
          {t('register.action')}
        </Button>
      </Form>
      <p class="gate-links">
        <a href="#/login">{t('register.login')}</a>
      </p>
    </Card>
  );
}

function MailSent({ email }: { email: string }) {
  return (
    <Card name={t('register.mailTitle')}>
      <p>{t('register.sent', { email })}</p>
      <p class="hint">{t('register.noMail')}</p>
      <ResendLink email={email} />
      <p class="gate-links">
        <a href="#/login">{t('register.login')}</a>
      </p>
    </Card>
  );
}

function RegistrationClosed() {
  return (
    <Card name={t('register.title')}>
      <Note>{t('register.closed')}</Note>
      <p class="gate-links">
        <a href="#/login">{t('register.login')}</a>
      </p>
    </Card>
  );
}
