import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icons';

interface ButtonProps {
  children: ComponentChildren;
  /** What takes its time returns a promise: until it is settled, another click does nothing. */
  onClick?: (event: MouseEvent) => unknown;
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

/** A button. While it is `busy`, or at work, it keeps the focus and does nothing. */
export function Button(props: ButtonProps) {
  const { children, kind = 'plain', type = 'button', icon, iconOnly, small } = props;
  const isAtWork = useSignal(false);
  const isIdle = props.busy !== true && !isAtWork.value;
  const press = async (event: MouseEvent) => {
    if (!isIdle) return event.preventDefault();
    const work = props.onClick?.(event);
    if (!(work instanceof Promise)) return;
    isAtWork.value = true;
    await work.finally(() => (isAtWork.value = false));
  };
  const names = ['button', kind, small && 'small', iconOnly && 'icon', props.class]
    .filter(Boolean)
    .join(' ');
  const words = iconOnly ? <span class="unseen">{children}</span> : children;
  return (
    <button
      type={type}
      class={names}
      form={props.form}
      aria-disabled={isIdle ? undefined : 'true'}
      aria-busy={isAtWork.value ? 'true' : undefined}
      aria-expanded={props.expanded}
      aria-pressed={props.pressed}
      title={iconOnly && typeof children === 'string' ? children : undefined}
      onClick={(event) => void press(event)}
    >
      {icon && <Icon name={icon} size={small ? 18 : 20} />}
      {words}
    </button>
  );
}
