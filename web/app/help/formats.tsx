import { useEffect } from 'preact/hooks';
import { learnLimits, limits } from '../library/store';
import { session } from '../session/session';
import { Section } from '../ui/section';
import { bytes, number, tag } from '../words';
import formats from './formats.json';
import { t } from './words';

/** What can be read, and how much of it. */
export function Formats() {
  const codecs = formats.codecs.map((each) =>
    each === 'uncompressed' ? t('formats.uncompressed') : each,
  );
  return (
    <>
      <Section title={t('formats.title')}>
        <dl class="help-facts">
          <div>
            <dt>{t('formats.containers')}</dt>
            <dd>{listed(formats.containers)}</dd>
          </div>
          <div>
            <dt>{t('formats.codecs')}</dt>
            <dd>{listed(codecs)}</dd>
          </div>
          <div>
            <dt>{t('formats.rawTitle')}</dt>
            <dd>
              {listed(formats.raw)}
              <p class="hint">{t('formats.raw')}</p>
            </dd>
          </div>
        </dl>
        <p class="hint">{t('formats.refused')}</p>
      </Section>
      <Section title={t('limits.title')}>
        {session.value === 'in' ? <OwnLimits /> : <p>{t('limits.logIn')}</p>}
      </Section>
    </>
  );
}

/** `MP4, MOV and 3GP`, as the language lists. */
function listed(names: readonly string[]): string {
  return new Intl.ListFormat(tag.value).format(names);
}

const pixels = (n: number) => t('limits.pixelsOf', { n: number(n / 1e6, 1) });
const days = (n: number) => t('limits.days', { n: number(n) });

const LINES = [
  ['upload', 'max_upload_bytes', bytes],
  ['pixels', 'max_pixels', pixels],
  ['frames', 'max_frames', number],
  ['archive', 'max_archive_bytes', bytes],
  ['storage', 'max_storage_bytes', bytes],
  ['videos', 'max_videos', number],
  ['daily', 'max_daily_upload_bytes', bytes],
  ['uploads', 'max_uploads_in_progress', number],
  ['running', 'max_running_extractions', number],
  ['retention', 'max_retention_days', days],
] as const;

function OwnLimits() {
  useEffect(() => void learnLimits(), []);
  const known = limits.value;
  if (known === null) return null;
  return (
    <dl class="help-facts figures">
      {LINES.map(([line, limit, written]) => (
        <div key={line}>
          <dt>{t(`limits.${line}`)}</dt>
          <dd>{written(known[limit])}</dd>
        </div>
      ))}
    </dl>
  );
}
