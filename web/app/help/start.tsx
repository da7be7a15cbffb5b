import { Section } from '../ui/section';
import { t } from './words';

const STEPS = ['drop', 'choose', 'take'] as const;

/** From a video to its frames, in a few sentences. */
export function Start() {
  return (
    <>
      <Section>
        <ol class="help-steps">
          {STEPS.map((step) => (
            <li key={step}>
              <h2>{t(`start.${step}Title`)}</h2>
              <p>{t(`start.${step}`)}</p>
            </li>
          ))}
        </ol>
      </Section>
      <Section title={t('start.proofTitle')}>
        <p>
          {t('start.proof')} <a href="#/check">{t('start.check')}</a>
        </p>
      </Section>
      <Section title={t('start.keptTitle')}>
        <p>{t('start.kept')}</p>
      </Section>
      <Section title={t('start.programsTitle')}>
        <p>
          {t('start.programs')} <a href="/video/docs">{t('start.docs')}</a>
        </p>
      </Section>
    </>
  );
}
