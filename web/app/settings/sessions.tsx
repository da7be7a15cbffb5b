import { answer, auth } from '../api/client';
import { toast } from '../ui/announce';
import { Button } from '../ui/button';
import { Loaded, useLoaded } from '../ui/loaded';
import { Section } from '../ui/section';
import { moment, t } from '../words';

export function Sessions() {
  const loading = useLoaded(() => answer(auth.GET('/auth/sessions')));
  const end = async (id: string) => {
    await answer(
      auth.DELETE('/auth/sessions/{session_id}', { params: { path: { session_id: id } } }),
    );
    toast(t('sessions.ended'));
    await loading.load();
  };
  return (
    <Section title={t('sessions.title')}>
      <Loaded loading={loading}>
        {({ items }) => (
          <ul class="rows">
            {items.map((each) => (
              <li key={each.id}>
                <div>
                  <strong>{browserOf(each.user_agent)}</strong>
                  {each.current && <span class="badge">{t('sessions.this')}</span>}
                  <p class="hint">
                    {t('sessions.line', {
                      address: each.address ?? '–',
                      used: moment(each.last_used_at),
                    })}
                  </p>
                </div>
                {!each.current && (
                  <Button small onClick={() => end(each.id)}>
                    {t('sessions.end')}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Section>
  );
}

const BROWSERS = [
  ['Edg', 'Edge'],
  ['OPR', 'Opera'],
  ['Firefox', 'Firefox'],
  ['Chrome', 'Chrome'],
  ['Safari', 'Safari'],
  ['fotograma', 'fotograma'],
  ['curl', 'curl'],
] as const;
const SYSTEMS = ['Windows', 'Android', 'iPhone', 'iPad', 'Mac OS', 'Linux'] as const;

/** A name for a user agent, as people call it. */
export function browserOf(agent: string | null): string {
  if (agent === null) return t('sessions.unknown');
  const browser = BROWSERS.find(([mark]) => agent.includes(mark))?.[1];
  const system = SYSTEMS.find((mark) => agent.includes(mark));
  return [browser, system].filter(Boolean).join(' · ') || agent.slice(0, 40);
}
