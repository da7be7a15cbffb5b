import { SETTINGS, type SettingsTab } from '../routes';
import { Heading } from '../ui/heading';
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
    <div class="settings">
      <nav class="settings-tabs" aria-label={t('settings')}>
        {SETTINGS.map((each) => (
          <a
            key={each}
            href={`#/settings/${each}`}
            aria-current={each === tab ? 'page' : undefined}
          >
            {t(`settings.${each}`)}
          </a>
        ))}
      </nav>
      <div class="settings-pane" key={tab}>
        <Heading name={t(`settings.${tab}`)} />
        <Pane />
      </div>
    </div>
  );
}
