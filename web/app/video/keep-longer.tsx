import { useSignal } from '@preact/signals';
import type { Video } from '../api/client';
import { keepFor } from '../library/actions';
import { limits } from '../library/store';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Field } from '../ui/field';
import { Form, useForm } from '../ui/form';
import { day, number, t } from '../words';

/** For how many days a video is kept, counted from its upload. */
export function KeepLonger({ video, onClose }: { video: Video; onClose: () => void }) {
  const form = useForm();
  const most = limits.value?.max_retention_days ?? null;
  const days = useSignal(`${video.retention_days ?? most ?? ''}`);
  const foot = (
    <>
      <Button onClick={onClose}>{t('cancel')}</Button>
      <Button type="submit" form="keep" kind="primary" busy={form.busy.value}>
        {t('keep')}
      </Button>
    </>
  );
  return (
    <Dialog title={t('keep')} onClose={onClose} foot={foot}>
      <p>{t('keep.text', { date: day(video.expires_at) })}</p>
      <Form
        id="keep"
        state={form}
        onSubmit={async () => {
          await keepFor(video, days.value.trim() === '' ? null : Number(days.value));
          onClose();
        }}
      >
        <Field
          label={t('output.days')}
          name="days"
          inputMode="numeric"
          value={days.value}
          onValue={(value) => {
            days.value = value;
          }}
          hint={most === null ? undefined : t('output.daysHint', { n: number(most) })}
        />
      </Form>
    </Dialog>
  );
}
