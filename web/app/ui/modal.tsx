import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Announcements, bringForward } from './announce';

interface ModalProps extends Pick<JSX.IntrinsicElements['dialog'], 'aria-label' | 'onKeyDown'> {
  class: string;
  'aria-labelledby'?: string;
  children: ComponentChildren;
  /** Without it the dialog cannot be closed but by what is in it. */
  onClose?: (() => void) | undefined;
}

/** A modal dialog, open as long as it is rendered; afterwards the focus is where it was. */
export function Modal({ children, onClose, ...attributes }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const layer = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    const stepBack = bringForward(layer);
    return () => {
      stepBack();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      {...attributes}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
    >
      {children}
      <Announcements layer={layer} />
    </dialog>
  );
}
