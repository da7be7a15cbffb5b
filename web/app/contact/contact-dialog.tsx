import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { explain } from '../api/problems';
import type { Gallery } from '../frames/gallery';
import { type Ranges, sizeOf } from '../frames/ranges';
import { saveBlob } from '../library/actions';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { submit, useForm } from '../ui/form';
import { Note } from '../ui/note';
import { counted, number, t } from '../words';
import { mostOn } from './jpeg-sheet';
import { makeSheet, sheetName } from './making';
import { FIRST_WISH, planOf, type Wish } from './wish';
import { Wishes } from './wishes';
import { words } from './words';

interface ContactProps {
  gallery: Gallery;
  ranges: Ranges;
  onClose: () => void;
}

/** Asks how pictures are to lie on a contact sheet, and makes it, here. */
export function ContactDialog({ gallery, ranges, onClose }: ContactProps) {
  const form = useForm();
  const done = useSignal(0);
  const wish = useSignal<Wish>(FIRST_WISH);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const plan = planOf(wish.value, gallery);
  const count = sizeOf(ranges);
  const most = plan !== null && wish.value.format === 'jpg' ? mostOn(plan) : Infinity;
  const isPossible = plan !== null && count <= most;
  const make = () =>
    submit(form, async () => {
      if (plan === null) return;
      const sheet = await makeSheet(gallery, ranges, plan, wish.value, (frames) => {
        stop.current.signal.throwIfAborted();
        done.value = frames;
      });
      saveBlob(sheet, sheetName(gallery.video.name, wish.value));
      onClose();
    });
  const foot = (
    <>
      <p class="hint figures" role="status">
        {form.busy.value
          ? words('contact.done', { n: number(done.value), total: number(count) })
          : counted('frames', count)}
      </p>
      <Button onClick={onClose}>{t('cancel')}</Button>
      <Button
        kind="primary"
        icon="download"
        busy={!isPossible || form.busy.value}
        onClick={() => void make()}
      >
        {words('contact.make')}
      </Button>
    </>
  );
  return (
    <Dialog title={words('contact')} onClose={onClose} foot={foot}>
      {form.error.value !== null && <Note kind="problem">{explain(form.error.value)}</Note>}
      <Wishes
        wish={wish.value}
        isPlanned={plan !== null}
        change={(fields) => {
          wish.value = { ...wish.value, ...fields };
        }}
      />
      {count > most && (
        <Note kind="warning">{words('contact.tooMany', { most: number(most) })}</Note>
      )}
    </Dialog>
  );
}
