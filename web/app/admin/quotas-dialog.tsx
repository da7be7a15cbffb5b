import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type AuthSchemas, answer, video } from '../api/client';
import { toast } from '../ui/announce';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Field } from '../ui/field';
import { Form, useForm } from '../ui/form';
import { Loaded, useLoaded } from '../ui/loaded';
import { Note } from '../ui/note';
import { t as words } from '../words';
import { LIMITS, type Limit, type Quotas, readLimits, told, type Written, written } from './quotas';
import { t } from './words';

interface QuotasDialogProps {
  user: AuthSchemas['UserForAdmin'];
  onClose: () => void;
}

/** What a user has in the place of everybody's limits. */
export function QuotasDialog({ user, onClose }: QuotasDialogProps) {
  const form = useForm();
  const path = { user_id: user.id };
  const address = '/video/admin/users/{user_id}/quotas';
  const loading = useLoaded(() => answer(video.GET(address, { params: { path } })));
  const fields = useSignal<Written | null>(null);
  const quotas = loading.data.value;
  useEffect(() => {
    if (quotas !== null) fields.value = written(quotas.own);
  }, [quotas]);
  const read = fields.value && readLimits(fields.value);
  const save = async () => {
    if (read === null || read.wrong.size > 0) return;
    await answer(video.PUT(address, { params: { path }, body: read.own }));
    toast(words('saved'));
    onClose();
  };
  const foot = (
    <>
      <Button onClick={onClose}>{words('cancel')}</Button>
      <Button
        type="submit"
        form="quotas"
        kind="primary"
        busy={form.busy.value || !read || read.wrong.size > 0}
      >
        {t('quotas.save')}
      </Button>
    </>
  );
  return (
    <Dialog title={t('quotas.title', { email: user.email })} onClose={onClose} foot={foot}>
      <p>{t('quotas.text')}</p>
      <Form id="quotas" state={form} onSubmit={save}>
        <Loaded loading={loading}>
          {(known) => (
            <>
              {fields.value &&
                LIMITS.map((limit) => (
                  <Field
                    key={limit}
                    label={t(`quota.${limit}`)}
                    name={limit}
                    inputMode="decimal"
                    value={fields.value?.[limit] ?? ''}
                    onValue={(value) =>
                      (fields.value = { ...(fields.value as Written), [limit]: value })
                    }
                    hint={hintOf(limit, known)}
                    error={read?.wrong.has(limit) ? t('quotas.wrong') : null}
                  />
                ))}
              {isShorter(read?.own.retention_days, known) && (
                <Note kind="warning">{t('quotas.shorter')}</Note>
              )}
            </>
          )}
        </Loaded>
      </Form>
    </Dialog>
  );
}

function hintOf(limit: Limit, { limits, usage }: Quotas): string {
  const words = { limit: told(limit, limits[limit]) };
  if (!(limit in usage)) return t('quotas.everybody', words);
  return t('quotas.used', { ...words, used: told(limit, usage[limit as keyof typeof usage]) });
}

function isShorter(days: number | null | undefined, { limits }: Quotas): boolean {
  return days != null && days < limits.retention_days;
}
