import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { t } from '../words';
import { Button } from './button';
import { Modal } from './modal';

interface DialogProps {
  title: string;
  children: ComponentChildren;
  foot?: ComponentChildren;
  wide?: boolean;
  /** Without it the dialog cannot be closed but by what is in it. */
  onClose?: () => void;
  onKeyDown?: (event: KeyboardEvent) => void;
}

/** A modal dialog with a title, what it asks, and its buttons. */
export function Dialog({ title, children, foot, wide, onClose, onKeyDown }: DialogProps) {
  const id = useId();
  return (
    <Modal
      class={wide ? 'sheet wide' : 'sheet'}
      aria-labelledby={id}
      onClose={onClose}
      onKeyDown={onKeyDown}
    >
      <div class="sheet-head">
        <h2 id={id}>{title}</h2>
        {onClose && (
          <Button kind="quiet" icon="close" iconOnly onClick={onClose}>
            {t('close')}
          </Button>
        )}
      </div>
      <div class="sheet-body">{children}</div>
      {foot && <div class="sheet-foot">{foot}</div>}
    </Modal>
  );
}

interface ConfirmProps {
  title: string;
  text: string;
  action: string;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be undone. */
export function Confirm({ title, text, action, onConfirm, onClose }: ConfirmProps) {
  const foot = (
    <>
      <Button onClick={onClose}>{t('cancel')}</Button>
      <Button
        kind="danger primary"
        onClick={() => {
          // First: what is asked about may be forgotten with the dialog.
          onConfirm();
          onClose();
        }}
      >
        {action}
      </Button>
    </>
  );
  return (
    <Dialog title={title} onClose={onClose} foot={foot}>
      <p>{text}</p>
    </Dialog>
  );
}
