import { Section } from '../ui/section';
import notices from './notices.json';
import { t } from './words';

/** What of others is in the page, and under which conditions. */
export function Notices() {
  return (
    <Section>
      <p>{t('notices.text')}</p>
      <ul class="help-notices">
        {notices.map(({ name, version, license, source, text }) => (
          <li key={name}>
            <p>
              <strong>{name}</strong> <span class="figures">{version}</span> · {license} ·{' '}
              <a href={source} rel="noreferrer">
                {t('notices.source')}
                <span class="unseen"> {name}</span>
              </a>
            </p>
            <details>
              <summary>{t('notices.license', { name })}</summary>
              <pre lang="en">{text}</pre>
            </details>
          </li>
        ))}
      </ul>
    </Section>
  );
}
