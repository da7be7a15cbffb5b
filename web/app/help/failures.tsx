import { useEffect, useRef } from 'preact/hooks';
import { Section } from '../ui/section';
import { phrases } from '../video/reasons';
import { t } from './words';

/** Every reason for which an extraction fails, with its remedy; and every warning. */
export function Failures({ reason }: { reason: string | null }) {
  const { failures, warnings } = phrases();
  const known = Object.entries(failures).filter(([code]) => code !== 'other');
  return (
    <>
      <Section>
        <p class="hint">{t('failures.text')}</p>
        <ul class="help-failures">
          {known.map(([code, { what, remedy }]) => (
            <FailureItem key={code} what={what} remedy={remedy} isMeant={code === reason} />
          ))}
        </ul>
      </Section>
      <Section title={t('failures.warningsTitle')}>
        <p class="hint">{t('failures.warnings')}</p>
        <ul class="help-failures">
          {Object.entries(warnings)
            .filter(([code]) => code !== 'other')
            .map(([code, words]) => (
              <li key={code}>{words}</li>
            ))}
        </ul>
      </Section>
    </>
  );
}

interface FailureItemProps {
  what: string;
  remedy: string;
  /** Somebody comes from such a failure, and is led here. */
  isMeant: boolean;
}

function FailureItem({ what, remedy, isMeant }: FailureItemProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!isMeant) return;
    heading.current?.focus();
    heading.current?.scrollIntoView({ block: 'center' });
  }, [isMeant]);
  return (
    <li class={isMeant ? 'is-meant' : undefined}>
      <h2 ref={heading} tabIndex={-1}>
        {what}
      </h2>
      <p>{remedy}</p>
    </li>
  );
}
