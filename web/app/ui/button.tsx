import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icons';

interface ButtonProps {
  children: ComponentChildren;
  onClick?: (event: MouseEvent) => void;
  kind?: 'primary' | 'quiet' | 'danger' | 'danger primary' | 'plain';
  type?: 'button' | 'submit';
  icon?: IconName;
  /** Shows the icon alone; the words are for those who hear the page. */
  iconOnly?: boolean;
  small?: boolean;
  busy?: boolean;
  expanded?: boolean;
  /** Whether what it switches is on. */
  pressed?: boolean;
  form?: string;
  class?: string;
}

/** A button. While `busy` it keeps the focus and does nothing. */
export function Button(props: ButtonProps) {
  const { children, onClick, kind = 'plain', type = 'button', icon, iconOnly, small, busy } = props;
  const names = ['button', kind, small && 'small', iconOnly && 'icon', props.class]
    .filter(Boolean)
    .join(' ');
  const words = iconOnly ? <span class="unseen">{children}</span> : children;
  return (
    <button
      type={type}
      class={names}
      form={props.form}
      aria-disabled={busy ? 'true' : undefined}
      aria-expanded={props.expanded}
      aria-pressed={props.pressed}
      title={iconOnly && typeof children === 'string' ? children : undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {icon && <Icon name={icon} size={small ? 18 : 20} />}
      {words}
    </button>
  );
}
