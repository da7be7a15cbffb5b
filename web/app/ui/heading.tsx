import { effect, signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { sending } from '../upload/uploads';
import { percent } from '../words';

const title = signal('');
let isFirst = true;

/** The window's title, before it how much of what is sent has arrived. */
effect(() => {
  const size = sending.value.reduce((sum, upload) => sum + upload.record.size, 0);
  const sent = sending.value.reduce((sum, upload) => sum + upload.sent.value, 0);
  const share = size === 0 ? '' : `${percent(sent / size)} · `;
  document.title = `${share}${title.value === '' ? '' : `${title.value} · `}Fotograma`;
});

interface HeadingProps {
  /** What the window is called. */
  name: string;
  children?: ComponentChildren;
  unseen?: boolean;
}

/** The heading of a route: is at the top and takes the focus when the route is opened, and names the window. */
export function Heading({ name, children, unseen }: HeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    if (!isFirst) scrollTo(0, 0);
  }, []);
  useEffect(() => {
    if (!isFirst) heading.current?.focus({ preventScroll: true });
    isFirst = false;
  }, []);
  useEffect(() => {
    title.value = name;
  }, [name]);
  return (
    <h1 ref={heading} tabIndex={-1} class={unseen ? 'unseen' : undefined}>
      {children ?? name}
    </h1>
  );
}
