import { problemOf, Unreachable } from '../api/problems';
import { Loaded, useLoaded } from '../ui/loaded';
import { Section } from '../ui/section';
import address from './notices.json?url';
import { t } from './words';

interface Notice {
  name: string;
  version: string;
  license: string;
  source: string;
  text: string;
}

/** What of others is in the page, and under which conditions. */
export function Notices() {
  const loading = useLoaded(fetchNotices);
  return (
    <Section>
      <p>{t('notices.text')}</p>
      <Loaded loading={loading}>{(notices) => <List notices={notices} />}</Loaded>
    </Section>
  );
}

async function fetchNotices(): Promise<Notice[]> {
  const answer = await fetch(address).catch(() => {
    throw new Unreachable();
  });
  if (!answer.ok) throw await problemOf(answer);
  return answer.json();
}

function List({ notices }: { notices: readonly Notice[] }) {
  return (
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
  );
}
