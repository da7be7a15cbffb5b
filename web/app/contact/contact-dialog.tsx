import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { explain } from '../api/problems';
import type { Frame } from '../frames/frame-list';
import type { Gallery } from '../frames/gallery';
import { positionsOf, type Ranges, sizeOf } from '../frames/ranges';
import { saveBlob } from '../library/actions';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Check, Field, Select } from '../ui/field';
import { submit, useForm } from '../ui/form';
import { Note } from '../ui/note';
import { counted, number, t } from '../words';
import { factsOf } from './evidence';
import { FramePictures } from './frame-pictures';
import { JPEG, jpegSheet, mostOn } from './jpeg-sheet';
import { fetchManifest } from './manifest';
import { pdfSheet, SCALE } from './pdf-sheet';
import { A4, columnWidth, type SheetPlan } from './sheet-layout';

interface ContactProps {
  gallery: Gallery;
  ranges: Ranges;
  onClose: () => void;
}

interface Wish {
  format: 'pdf' | 'jpg';
  columns: string;
  name: boolean;
  sha256: boolean;
  cover: boolean;
}

const MOST_COLUMNS = 12;

/** Asks how pictures are to lie on a contact sheet, and makes it, here. */
export function ContactDialog({ gallery, ranges, onClose }: ContactProps) {
  const form = useForm();
  const done = useSignal(0);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const wish = useSignal<Wish>({
    ...{ format: 'pdf', columns: '4', name: true, sha256: false, cover: false },
  });
  const change = (fields: Partial<Wish>) => (wish.value = { ...wish.value, ...fields });
  const { format, columns, name, sha256, cover } = wish.value;
  const count = sizeOf(ranges);
  const plan = planOf(wish.value, gallery);
  const most = plan !== null && format === 'jpg' ? mostOn(plan) : Number.POSITIVE_INFINITY;
  const isPossible = plan !== null && count <= most;
  const make = () =>
    submit(form, async () => {
      if (plan === null) return;
      const blob = await sheetOf(gallery, ranges, plan, wish.value, (frames) => {
        stop.current.signal.throwIfAborted();
        done.value = frames;
      });
      saveBlob(
        blob,
        `${stem(gallery.video.name)}-${cover && format === 'pdf' ? 'evidence' : 'contact'}.${format}`,
      );
      onClose();
    });
  const foot = (
    <>
      <p class="hint figures" role="status">
        {form.busy.value
          ? t('contact.done', { n: number(done.value), total: number(count) })
          : counted('frames', count)}
      </p>
      <Button onClick={onClose}>{t('cancel')}</Button>
      <Button
        kind="primary"
        icon="download"
        busy={!isPossible || form.busy.value}
        onClick={() => void make()}
      >
        {t('contact.make')}
      </Button>
    </>
  );
  return (
    <Dialog title={t('contact')} onClose={onClose} foot={foot}>
      {form.error.value !== null && <Note kind="problem">{explain(form.error.value)}</Note>}
      <div class="two-fields">
        <Select<Wish['format']>
          label={t('output.format')}
          value={format}
          options={[
            ['pdf', t('contact.pdf')],
            ['jpg', t('contact.jpg')],
          ]}
          onValue={(value) => change({ format: value })}
        />
        <Field
          label={t('contact.columns')}
          name="columns"
          inputMode="numeric"
          value={columns}
          onValue={(value) => change({ columns: value })}
          error={plan === null ? t('contact.columnsRange', { most: number(MOST_COLUMNS) }) : null}
        />
      </div>
      <div>
        <Check
          label={t('contact.name')}
          checked={name}
          onChecked={(checked) => change({ name: checked })}
        />
        <Check
          label={t('contact.sha256')}
          checked={sha256}
          onChecked={(checked) => change({ sha256: checked })}
        />
        {format === 'pdf' && (
          <Check
            label={t('contact.cover')}
            hint={t('contact.coverHint')}
            checked={cover}
            onChecked={(checked) => change({ cover: checked, sha256: checked || sha256 })}
          />
        )}
      </div>
      {count > most && <Note kind="warning">{t('contact.tooMany', { most: number(most) })}</Note>}
    </Dialog>
  );
}

/** Null where the columns are no number that a page has room for. */
function planOf(
  { format, columns, name, sha256 }: Wish,
  { list, extraction }: Gallery,
): SheetPlan | null {
  const count = Number(columns);
  if (!Number.isInteger(count) || count < 1 || count > MOST_COLUMNS) return null;
  const tile = list.tileAt(0);
  const { source } = extraction;
  const ratio = tile ? tile.width / tile.height : source ? source.width / source.height : 16 / 9;
  return { ...(format === 'pdf' ? A4 : JPEG), columns: count, ratio, captions: { name, sha256 } };
}

async function sheetOf(
  gallery: Gallery,
  ranges: Ranges,
  plan: SheetPlan,
  { format, cover }: Wish,
  told: (done: number) => void,
): Promise<Blob> {
  const { list, video, extraction } = gallery;
  await list.load(); // Addresses may have expired.
  const frames = positionsOf(ranges).map((position) => list.at(position) as Frame);
  const pixels = columnWidth(plan) * (format === 'pdf' ? SCALE : 1);
  const pictures = new FramePictures(list, frames.length, pixels);
  if (format === 'jpg') return jpegSheet(plan, frames, pictures, told);
  const manifest = cover ? await fetchManifest(extraction) : null;
  const evidence = { video, extraction, manifest, chosen: frames.length, madeAt: new Date() };
  return pdfSheet(
    plan,
    {
      title: video.name,
      cover: cover ? { heading: t('evidence'), facts: factsOf(evidence) } : null,
      frames,
      pictures,
    },
    told,
  );
}

function stem(name: string): string {
  return name.replace(/\.[^.]*$/, '');
}
