import type { ComponentChildren } from 'preact';
import { Heading } from '../ui/heading';
import { Mark } from '../ui/icons';
import type { WaitingProps } from '../ui/lazy';
import { type Language, language, speak, t } from '../words';

/** The frame of what is shown to those who are not logged in. */
export function Card({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="gate">
      <p class="gate-brand">
        <Mark size={36} />
        Fotograma
      </p>
      <main id="content" class="gate-card card">
        <Heading name={name} />
        {children}
      </main>
      <footer class="gate-foot">
        <Languages />
        <a class="button quiet small" href="#/check">
          {t('check')}
        </a>
        <a class="button quiet small" href="#/help">
          {t('help')}
        </a>
      </footer>
    </div>
  );
}

export function WaitingCard({ heading, children }: WaitingProps) {
  return <Card name={heading}>{children}</Card>;
}

const LANGUAGES: readonly (readonly [Language, string])[] = [
  ['en', 'English'],
  ['pt', 'Português'],
];

/** The languages of the page, to choose from. */
export function Languages() {
  return (
    <fieldset class="languages">
      <legend class="unseen">{t('account.language')}</legend>
      {LANGUAGES.map(([code, name]) => (
        <button
          key={code}
          type="button"
          class="button quiet small"
          lang={code}
          aria-pressed={language.value === code}
          onClick={() => speak(code)}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}
