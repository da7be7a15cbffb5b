/** What the links in mails lead to, and asking for one. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { answer, auth } from '../api/client';
import { explain } from '../api/problems';
import { learnUser, session } from '../session/session';
import { checkSession } from '../session/token';
import { Button } from '../ui/button';
import { Form, submit, useForm } from '../ui/form';
import { Note } from '../ui/note';
import { t } from '../words';
import { Card } from './card';
import { EmailField, Login } from './login';
import { NewPassword, passwordProblem } from './new-password';
import { learnRules } from './rules';

export function Verify({ token }: { token: string | null }) {
  const form = useForm();
  const isVerified = useSignal(false);
  useEffect(() => {
    if (token === null) return;
    void submit(form, async () => {
      await answer(auth.POST('/auth/verify', { body: { token } }));
      isVerified.value = true;
      await learnUser();
    });
  }, [token]);
  if (isVerified.value && session.value === 'out') return <Login note={t('verify.doneLogIn')} />;
  const problem = form.error.value;
  return (
    <Card name={t('verify.title')}>
      {token === null && <Note kind="problem">{t('verify.missing')}</Note>}
      {form.busy.value && <p role="status">{t('verify.busy')}</p>}
      {problem !== null && <Note kind="problem">{explain(problem)}</Note>}
      {isVerified.value && <Note kind="good">{t('verify.done')}</Note>}
      <p class="gate-links">
        {session.value === 'out' ? (
          <a href="#/login">{t('register.login')}</a>
        ) : (
          <a href="#/">{t('verify.library')}</a>
        )}
      </p>
    </Card>
  );
}

export function Forgot() {
  const form = useForm();
  const email = useSignal('');
  const isSent = useSignal(false);
  return (
    <Card name={t('forgot.title')}>
      {isSent.value ? (
        <Note kind="good">{t('forgot.sent', { email: email.value })}</Note>
      ) : (
        <Form
          state={form}
          onSubmit={async () => {
            await answer(auth.POST('/auth/password/forgot', { body: { email: email.value } }));
            isSent.value = true;
          }}
        >
          <p>{t('forgot.text')}</p>
          <EmailField value={email.value} onValue={(value) => (email.value = value)} />
          <Button type="submit" kind="primary" busy={form.busy.value}>
            {t('forgot.action')}
          </Button>
        </Form>
      )}
      <p class="gate-links">
        <a href="#/login">{t('register.login')}</a>
      </p>
    </Card>
  );
}

export function Reset({ token }: { token: string | null }) {
  const form = useForm();
  const password = useSignal('');
  const isDone = useSignal(false);
  useEffect(() => void learnRules(), []);
  if (isDone.value) return <Login note={t('reset.done')} />;
  return (
    <Card name={t('reset.title')}>
      {token === null ? (
        <Note kind="problem">{t('verify.missing')}</Note>
      ) : (
        <Form
          state={form}
          onSubmit={async () => {
            const body = { token, password: password.value };
            await answer(auth.POST('/auth/password/reset', { body }));
            isDone.value = true;
            // Of whoever is logged in here: all sessions of the account have ended, but it may be another's.
            await checkSession().catch(() => {});
          }}
        >
          <p>{t('reset.text')}</p>
          <NewPassword
            value={password.value}
            onValue={(value) => (password.value = value)}
            error={passwordProblem(form.error.value)}
          />
          <Button type="submit" kind="primary" busy={form.busy.value}>
            {t('reset.action')}
          </Button>
        </Form>
      )}
      <p class="gate-links">
        <a href="#/forgot">{t('reset.again')}</a>
      </p>
    </Card>
  );
}
