import { useSignal } from '@preact/signals';
import { enterWith, leave, user } from '../session/session';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Field } from '../ui/field';
import { Form, useForm } from '../ui/form';
import { t } from '../words';
import { EmailField } from './login';

/** Asks for the password over the page when a session has ended; what is being sent goes on. */
export function LogInAgain() {
  const form = useForm();
  const password = useSignal('');
  // Another may have been confirmed in another browser: nobody tells a session that has ended.
  const email = useSignal(user.value?.email ?? '');
  const foot = (
    <>
      <Button onClick={() => leave()}>{t('logout')}</Button>
      <Button type="submit" form="again" kind="primary" busy={form.busy.value}>
        {t('login.action')}
      </Button>
    </>
  );
  return (
    <Dialog title={t('again.title')} foot={foot}>
      <p>{t('again.text')}</p>
      <Form id="again" state={form} onSubmit={() => enterWith(email.value, password.value)}>
        <EmailField value={email.value} onValue={(value) => (email.value = value)} />
        <Field
          label={t('login.passwordOf', { email: email.value })}
          name="password"
          type="password"
          autocomplete="current-password"
          value={password.value}
          onValue={(value) => (password.value = value)}
          autofocus
        />
      </Form>
    </Dialog>
  );
}
