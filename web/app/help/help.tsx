import './help.css';
import { HELP, type HelpTab } from '../routes';
import { Heading } from '../ui/heading';
import { Tabbed } from '../ui/tabbed';
import { Failures } from './failures';
import { Formats } from './formats';
import { Keys } from './keys';
import { Notices } from './notices';
import { Start } from './start';
import { t } from './words';

interface HelpProps {
  tab: HelpTab;
  /** The reason of a failure that somebody comes from. */
  reason: string | null;
}

/** What everybody can read, logged in or not. */
export function Help({ tab, reason }: HelpProps) {
  return (
    <Tabbed
      label={t('title')}
      tabs={HELP.map((each) => ({ href: hrefOf(each), words: t(each) }))}
      current={hrefOf(tab)}
    >
      <Heading name={t(tab)} />
      {tab === 'start' && <Start />}
      {tab === 'formats' && <Formats />}
      {tab === 'failures' && <Failures reason={reason} />}
      {tab === 'keys' && <Keys />}
      {tab === 'notices' && <Notices />}
    </Tabbed>
  );
}

function hrefOf(tab: HelpTab): string {
  return tab === 'start' ? '#/help' : `#/help/${tab}`;
}
