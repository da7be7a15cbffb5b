import { SETTINGS, type SettingsTab } from '../routes';
import { Heading } from '../ui/heading';
import { Tabbed } from '../ui/tabbed';
import { t } from '../words';
import { AccountSettings } from './account';
import { ApiKeys } from './keys';
import { MailSettings } from './mail';
import { Sessions } from './sessions';
import { Usage } from './usage';

const PANES = {
  account: AccountSettings,
  mail: MailSettings,
  sessions: Sessions,
  keys: ApiKeys,
  usage: Usage,
} as const;

export function Settings({ tab }: { tab: SettingsTab }) {
  const Pane = PANES[tab];
  return (
    <Tabbed
      label={t('settings')}
      tabs={SETTINGS.map((each) => ({ href: hrefOf(each), words: t(`settings.${each}`) }))}
      current={hrefOf(tab)}
    >
      <Heading name={t(`settings.${tab}`)} />
      <Pane />
    </Tabbed>
  );
}

function hrefOf(tab: SettingsTab): string {
  return `#/settings/${tab}`;
}
