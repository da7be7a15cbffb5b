import type { ComponentChildren } from 'preact';

interface RowProps {
  name: string;
  /** Where the name leads, if it leads anywhere. */
  href?: string;
  poster: ComponentChildren;
  line: ComponentChildren;
  isProblem?: boolean;
  actions: ComponentChildren;
  children?: ComponentChildren;
}

/** One line of the library: an upload becomes a video without moving. */
export function Row({ name, href, poster, line, isProblem, actions, children }: RowProps) {
  return (
    <li class="row">
      <div class="poster">{poster}</div>
      <div class="row-text">
        <h2 class="row-name">{href === undefined ? name : <a href={href}>{name}</a>}</h2>
        <p class={isProblem ? 'row-line is-problem' : 'row-line'}>{line}</p>
        {children}
      </div>
      <div class="row-actions">{actions}</div>
    </li>
  );
}
