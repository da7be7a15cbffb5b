import { answer, notify } from '../api/client';
import { explain } from '../api/problems';
import { toast } from '../ui/announce';
import { Check } from '../ui/field';
import { Loaded, useLoaded } from '../ui/loaded';
import { Section } from '../ui/section';
import { t } from '../words';

const CHOICES = ['email_on_processed', 'email_on_failed', 'email_on_expiring'] as const;

export function MailSettings() {
  const loading = useLoaded(() => answer(notify.GET('/notify/preferences')));
  const change = async (choice: (typeof CHOICES)[number], checked: boolean) => {
    const before = loading.data.value;
    if (before === null) return;
    loading.data.value = { ...before, [choice]: checked };
    try {
      const body = loading.data.value;
      loading.data.value = await answer(notify.PUT('/notify/preferences', { body }));
      toast(t('saved'));
    } catch (problem) {
      loading.data.value = before;
      toast(explain(problem));
    }
  };
  return (
    <Section title={t('mail.title')}>
      <Loaded loading={loading}>
        {(preferences) => (
          <div>
            {CHOICES.map((choice) => (
              <Check
                key={choice}
                label={t(`mail.${choice}`)}
                checked={preferences[choice] ?? true}
                onChecked={(checked) => void change(choice, checked)}
              />
            ))}
          </div>
        )}
      </Loaded>
    </Section>
  );
}
