import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { EmailField } from '../accounts/login';
import { NewPassword, passwordProblem } from '../accounts/new-password';
import { learnRules } from '../accounts/rules';
import { answer, auth } from '../api/client';
import { know, leave, user } from '../session/session';
import { TakeAlong } from '../take-along/take-along';
import { toast } from '../ui/announce';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Check, Field, Select } from '../ui/field';
import { Form, useForm } from '../ui/form';
import { Section } from '../ui/section';
import { type Language, language, speak, t } from '../words';

export function AccountSettings() {
  useEffect(() => void learnRules(), []);
  return (
    <>
      <LanguageChoice />
      <ChangeEmail />
      <ChangePassword />
      <TakeAlong />
      <DeleteAccount />
    </>
  );
}

function LanguageChoice() {
  const choose = async (next: Language) => {
    speak(next);
    know(await answer(auth.PATCH('/auth/me', { body: { locale: next } })));
    toast(t('saved'));
  };
  return (
    <Section title={t('account.language')}>
      <Select
        label={t('account.language')}
        labelUnseen
        value={language.value}
        options={[
          ['en', 'English'],
          ['pt', 'Português'],
        ]}
        onValue={(next) => void choose(next)}
      />
      <p class="hint">{t('account.languageHint')}</p>
    </Section>
  );
}

function ChangeEmail() {
  const form = useForm();
  const email = useSignal('');
  const password = useSignal('');
  return (
    <Section title={t('account.email')}>
      <p>{user.value?.email}</p>
      <Form
        state={form}
        onSubmit={async () => {
          const body = { email: email.value, current_password: password.value };
          await answer(auth.PATCH('/auth/me', { body }));
          toast(t('register.sent', { email: email.value }));
          email.value = '';
          password.value = '';
        }}
      >
        <EmailField
          label={t('account.newEmail')}
          value={email.value}
          onValue={(value) => (email.value = value)}
        />
        <CurrentPassword value={password.value} onValue={(value) => (password.value = value)} />
        <Button type="submit" busy={form.busy.value}>
          {t('account.changeEmail')}
        </Button>
      </Form>
    </Section>
  );
}

function ChangePassword() {
  const form = useForm();
  const current = useSignal('');
  const next = useSignal('');
  const endKeys = useSignal(false);
  return (
    <Section title={t('account.password')}>
      <Form
        state={form}
        onSubmit={async () => {
          const body = {
            current_password: current.value,
            password: next.value,
            revoke_api_keys: endKeys.value,
          };
          await answer(auth.POST('/auth/password/change', { body }));
          toast(t('account.passwordChanged'));
          current.value = '';
          next.value = '';
        }}
      >
        <CurrentPassword value={current.value} onValue={(value) => (current.value = value)} />
        <NewPassword
          value={next.value}
          onValue={(value) => (next.value = value)}
          error={passwordProblem(form.error.value)}
        />
        <Check
          label={t('account.endKeys')}
          checked={endKeys.value}
          onChecked={(checked) => (endKeys.value = checked)}
        />
        <Button type="submit" busy={form.busy.value}>
          {t('account.changePassword')}
        </Button>
      </Form>
    </Section>
  );
}

function DeleteAccount() {
  const form = useForm();
  const isOpen = useSignal(false);
  const password = useSignal('');
  const close = () => (isOpen.value = false);
  const foot = (
    <>
      <Button onClick={close}>{t('cancel')}</Button>
      <Button type="submit" form="delete-account" kind="danger primary" busy={form.busy.value}>
        {t('account.delete')}
      </Button>
    </>
  );
  return (
    <Section title={t('account.delete')}>
      <p>{t('account.deleteText')}</p>
      <Button kind="danger" onClick={() => (isOpen.value = true)}>
        {t('account.delete')}
      </Button>
      {isOpen.value && (
        <Dialog title={t('account.delete')} onClose={close} foot={foot}>
          <p>{t('account.deleteText')}</p>
          <Form
            id="delete-account"
            state={form}
            onSubmit={async () => {
              await answer(auth.DELETE('/auth/me', { body: { password: password.value } }));
              await leave();
            }}
          >
            <CurrentPassword value={password.value} onValue={(value) => (password.value = value)} />
          </Form>
        </Dialog>
      )}
    </Section>
  );
}

interface CurrentPasswordProps {
  value: string;
  onValue: (value: string) => void;
}

export function CurrentPassword({ value, onValue }: CurrentPasswordProps) {
  return (
    <Field
      label={t('password.current')}
      name="current-password"
      type="password"
      autocomplete="current-password"
      value={value}
      onValue={onValue}
      required
    />
  );
}
