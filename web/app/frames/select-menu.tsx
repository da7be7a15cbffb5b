import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { readSeconds } from '../compose/times';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Field } from '../ui/field';
import { Menu } from '../ui/menu';
import { clock, counted, t } from '../words';
import type { Gallery } from './gallery';
import { NONE, type Ranges, rangesOf, sizeOf } from './ranges';
import type { View } from './view';
import { words } from './words';

type Asked = 'every' | 'between';

/** Ways of picking many frames at once; of those that are shown. */
export function SelectMenu({ gallery }: { gallery: Gallery }) {
  const asked = useSignal<Asked | null>(null);
  const { picks, list } = gallery;
  const view = gallery.view.value;
  const close = () => {
    asked.value = null;
  };
  return (
    <>
      <Menu label={words('select')} icon="select" small isLabelShown>
        <Button kind="quiet" onClick={() => picks.replace(view.ranges, view)}>
          {words('select.all')}
        </Button>
        <Button kind="quiet" onClick={() => picks.replace(NONE, view)}>
          {words('select.none')}
        </Button>
        <Button kind="quiet" onClick={() => picks.invert(view, list.total)}>
          {words('select.invert')}
        </Button>
        <Button kind="quiet" onClick={() => (asked.value = 'every')}>
          {words('select.every')}
        </Button>
        <Button kind="quiet" onClick={() => (asked.value = 'between')}>
          {words('select.between')}
        </Button>
      </Menu>
      {asked.value === 'every' && <EveryDialog gallery={gallery} onClose={close} />}
      {asked.value === 'between' && <BetweenDialog gallery={gallery} onClose={close} />}
    </>
  );
}

interface DialogProps {
  gallery: Gallery;
  onClose: () => void;
}

function EveryDialog({ gallery, onClose }: DialogProps) {
  const every = useSignal('10');
  const step = /^\d{1,6}$/.test(every.value.trim()) ? Number(every.value) : 0;
  return (
    <PickDialog
      gallery={gallery}
      title={words('select.every')}
      found={step > 0 ? everyNth(gallery.view.value, step) : null}
      onClose={onClose}
    >
      <Field
        label={words('select.every.field')}
        name="every"
        inputMode="numeric"
        value={every.value}
        onValue={(value) => (every.value = value)}
        error={step > 0 ? null : t('compose.wrongNumber')}
      />
    </PickDialog>
  );
}

/** Every n-th of the frames that are shown, from the first on. */
export function everyNth(view: View, step: number): Ranges {
  const count = Math.ceil(view.count / step);
  return rangesOf(Array.from({ length: count }, (_, index) => view.at(index * step)));
}

function BetweenDialog({ gallery, onClose }: DialogProps) {
  const from = useSignal('0:00');
  const to = useSignal(clock(Math.ceil(gallery.duration)));
  const [start, end] = [readSeconds(from.value), readSeconds(to.value)];
  const isRight = start !== null && end !== null && start.isBefore(end);
  const found = isRight ? between(gallery, start.toNumber(), end.toNumber()) : null;
  return (
    <PickDialog gallery={gallery} title={words('select.between')} found={found} onClose={onClose}>
      <div class="two-fields">
        <Field
          label={t('range.from')}
          name="from"
          value={from.value}
          onValue={(value) => (from.value = value)}
          error={start === null ? t('range.wrong') : null}
        />
        <Field
          label={t('range.to')}
          name="to"
          value={to.value}
          onValue={(value) => (to.value = value)}
          error={start !== null && !isRight ? t('range.wrongEnd') : null}
        />
      </div>
    </PickDialog>
  );
}

/** The frames whose times lie between two, both of which count. */
function between({ list }: Gallery, start: number, end: number): Ranges {
  const at = list.positionAt(start);
  const first = list.seconds(at) + 1e-6 < start ? at + 1 : at;
  const last = list.positionAt(end);
  return first <= last && list.seconds(last) <= end + 1e-6 ? [[first, last + 1]] : NONE;
}

interface PickDialogProps extends DialogProps {
  title: string;
  /** Null as long as a field is wrong. */
  found: Ranges | null;
  children: ComponentChildren;
}

function PickDialog({ gallery, title, found, children, onClose }: PickDialogProps) {
  const form = useId();
  const count = found === null ? 0 : sizeOf(found);
  const pick = (event: Event) => {
    event.preventDefault();
    if (found === null || count === 0) return;
    gallery.picks.add(found, gallery.view.value);
    onClose();
  };
  const foot = (
    <>
      <Button onClick={onClose}>{t('cancel')}</Button>
      <Button type="submit" form={form} kind="primary" busy={count === 0}>
        {counted('select.pick', count)}
      </Button>
    </>
  );
  return (
    <Dialog title={title} onClose={onClose} foot={foot}>
      <form id={form} class="form" onSubmit={pick}>
        {children}
      </form>
    </Dialog>
  );
}
