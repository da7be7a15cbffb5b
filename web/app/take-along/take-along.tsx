import { useSignal } from '@preact/signals';
import { explain } from '../api/problems';
import { save } from '../library/actions';
import { Button } from '../ui/button';
import { submit, useForm } from '../ui/form';
import { Note } from '../ui/note';
import { Section } from '../ui/section';
import { number } from '../words';
import { collect } from './collect';
import { t } from './words';

/** Everything that is known of the user, made into a file by the browser. */
export function TakeAlong() {
  const form = useForm();
  const videos = useSignal(0);
  const make = async () => {
    videos.value = 0;
    const data = await collect((count) => (videos.value = count));
    const file = new Blob([JSON.stringify(data, null, 1)], { type: 'application/json' });
    const address = URL.createObjectURL(file);
    save(address, `fotograma-${new Date().toISOString().slice(0, 10)}.json`);
    setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
  };
  return (
    <Section title={t('title')}>
      <p>{t('text')}</p>
      {form.error.value !== null && <Note kind="problem">{explain(form.error.value)}</Note>}
      <Button icon="download" busy={form.busy.value} onClick={() => void submit(form, make)}>
        {t('action')}
      </Button>
      <p class="hint figures" role="status">
        {form.busy.value && t('progress', { n: number(videos.value) })}
      </p>
    </Section>
  );
}

/** A browser reads what it downloads soon after the click. */
const KEPT_MS = 60_000;
