import type { ComponentChildren } from 'preact';
import { Icon } from './icons';

interface NoteProps {
  kind?: 'info' | 'problem' | 'warning' | 'good';
  children: ComponentChildren;
}

/** Something to know, where it happened. A problem is said aloud at once. */
export function Note({ kind = 'info', children }: NoteProps) {
  const icon = kind === 'info' ? 'info' : kind === 'good' ? 'check' : 'warning';
  return (
    <div class={`note ${kind}`} role={kind === 'problem' ? 'alert' : 'status'}>
      <Icon name={icon} />
      <div>{children}</div>
    </div>
  );
}
