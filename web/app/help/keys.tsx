import { KeyTables } from '../keys/key-list';
import { Section } from '../ui/section';
import { t } from './words';

export function Keys() {
  return (
    <Section>
      <p class="hint">{t('keys.text')}</p>
      <KeyTables />
    </Section>
  );
}
