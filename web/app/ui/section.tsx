import type { ComponentChildren } from 'preact';

/** A part of the settings, with its heading. */
export function Section({ title, children }: { title?: string; children: ComponentChildren }) {
  return (
    <section class="section card">
      {title && <h2>{title}</h2>}
      {children}
    </section>
  );
}
