import { useSignal } from '@preact/signals';
import { answer, auth } from '../api/client';
import { explain } from '../api/problems';
import { Button } from '../ui/button';
import { submit, useForm } from '../ui/form';
import { Note } from '../ui/note';
import { t } from '../words';

/** Mails the link that proves an address once more. */
export function ResendLink({ email }: { email: string }) {
  const form = useForm();
  const isSent = useSignal(false);
  if (isSent.value) return <Note kind="good">{t('register.sent', { email })}</Note>;
  return (
    <>
      {form.error.value !== null && <Note kind="problem">{explain(form.error.value)}</Note>}
      <Button
        busy={form.busy.value}
        onClick={() =>
          submit(form, async () => {
            await answer(auth.POST('/auth/verify/resend', { body: { email } }));
            isSent.value = true;
          })
        }
      >
        {t('register.resend')}
      </Button>
    </>
  );
}
