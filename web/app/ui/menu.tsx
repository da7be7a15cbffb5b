import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from './button';
import type { IconName } from './icons';

interface MenuProps {
  label: string;
  icon: IconName;
  small?: boolean;
  /** Shows the label, and not the icon alone. */
  isLabelShown?: boolean;
  children: ComponentChildren;
}

/** A button that shows further ones; Escape, a choice or a click elsewhere closes them. */
export function Menu({ label, icon, small = false, isLabelShown = false, children }: MenuProps) {
  const [isOpen, open] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    const leave = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) open(false);
    };
    addEventListener('pointerdown', leave);
    addEventListener('focusin', leave);
    return () => {
      removeEventListener('pointerdown', leave);
      removeEventListener('focusin', leave);
    };
  }, [isOpen]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape is the button's, wherever the focus is
    <div
      class="menu"
      ref={root}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !isOpen) return;
        event.stopPropagation();
        open(false);
        root.current?.querySelector('button')?.focus();
      }}
    >
      <Button
        kind={isLabelShown ? 'plain' : 'quiet'}
        icon={icon}
        iconOnly={!isLabelShown}
        small={small}
        expanded={isOpen}
        onClick={() => open(!isOpen)}
      >
        {label}
      </Button>
      {isOpen && (
        // biome-ignore lint/a11y/useKeyWithClickEvents: a choice by key is a click of its button
        // biome-ignore lint/a11y/noStaticElementInteractions: as above
        <div class="menu-list" onClick={() => open(false)}>
          {children}
        </div>
      )}
    </div>
  );
}
