import './admin.css';
import { ADMIN, type AdminTab } from '../routes';
import { Heading } from '../ui/heading';
import { Section } from '../ui/section';
import { Tabbed } from '../ui/tabbed';
import { DeadLetters } from './dead-letters';
import { Extractions } from './extractions';
import { Users } from './users';
import { t } from './words';

interface AdminProps {
  tab: AdminTab;
  /** Whose extractions are shown; everybody's without one. */
  owner: string | null;
}

/** What administrators see and decide. */
export function Admin({ tab, owner }: AdminProps) {
  return (
    <Tabbed
      label={t('title')}
      tabs={ADMIN.map((each) => ({ href: `#/admin/${each}`, words: t(each) }))}
      current={`#/admin/${tab}`}
    >
      <Heading name={t(tab)} />
      <Section>
        {tab === 'users' && <Users />}
        {tab === 'dead-letters' && <DeadLetters />}
        {tab === 'extractions' && <Extractions key={owner} owner={owner} />}
      </Section>
    </Tabbed>
  );
}
