import { useSignal } from '@preact/signals';
import type { Video } from '../api/client';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Field } from '../ui/field';
import { Form, useForm } from '../ui/form';
import { t } from '../words';
import { rename } from './actions';

export function RenameDialog({ video, onClose }: { video: Video; onClose: () => void }) {
  const form = useForm();
  const name = useSignal(video.name);
  const foot = (
    <>
      <Button onClick={onClose}>{t('cancel')}</Button>
      <Button type="submit" form="rename" kind="primary" busy={form.busy.value}>
        {t('rename')}
      </Button>
    </>
  );
  return (
    <Dialog title={t('rename')} onClose={onClose} foot={foot}>
      <Form
        id="rename"
        state={form}
        onSubmit={async () => {
          await rename(video, name.value);
          onClose();
        }}
      >
        <Field
          label={t('rename.name')}
          name="name"
          value={name.value}
          onValue={(value) => {
            name.value = value;
          }}
        />
      </Form>
    </Dialog>
  );
}
