import './tabbed.css';
import type { ComponentChildren } from 'preact';

interface Tab {
  href: string;
  words: string;
}

interface TabbedProps {
  /** What the tabs are of. */
  label: string;
  tabs: readonly Tab[];
  /** The `href` of the one that is shown. */
  current: string;
  children: ComponentChildren;
}

/** A screen of several parts: their names at the side, or above where there is little room. */
export function Tabbed({ label, tabs, current, children }: TabbedProps) {
  return (
    <div class="tabbed">
      <nav class="tabbed-tabs" aria-label={label}>
        {tabs.map(({ href, words }) => (
          <a key={href} href={href} aria-current={href === current ? 'page' : undefined}>
            {words}
          </a>
        ))}
      </nav>
      <div class="tabbed-pane" key={current}>
        {children}
      </div>
    </div>
  );
}
