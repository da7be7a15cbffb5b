import { answer, type Limits, video } from '../api/client';
import { Loaded, useLoaded } from '../ui/loaded';
import { Section } from '../ui/section';
import { bytes, number, t } from '../words';

const LINES = [
  ['storage', 'storage_bytes', 'max_storage_bytes', bytes],
  ['videos', 'videos', 'max_videos', number],
  ['daily', 'daily_upload_bytes', 'max_daily_upload_bytes', bytes],
  ['uploads', 'uploads_in_progress', 'max_uploads_in_progress', number],
  ['running', 'running_extractions', 'max_running_extractions', number],
] as const;

export function Usage() {
  const loading = useLoaded(() => answer(video.GET('/video/limits')));
  return (
    <Section title={t('usage.title')}>
      <Loaded loading={loading}>{(limits) => <Meters limits={limits} />}</Loaded>
    </Section>
  );
}

function Meters({ limits }: { limits: Limits }) {
  return (
    <>
      <dl class="meters">
        {LINES.map(([line, used, most, format]) => (
          <div key={line}>
            <dt>{t(`usage.${line}`)}</dt>
            <dd class="figures">
              {t('usage.of', { used: format(limits.usage[used]), limit: format(limits[most]) })}
              <div class="progress still" aria-hidden="true">
                <div
                  style={{
                    inlineSize: `${Math.min(100, (100 * limits.usage[used]) / limits[most])}%`,
                  }}
                />
              </div>
            </dd>
          </div>
        ))}
      </dl>
      <p class="hint">
        {t('usage.more', {
          upload: bytes(limits.max_upload_bytes),
          frames: number(limits.max_frames),
          days: number(limits.max_retention_days),
        })}
      </p>
    </>
  );
}
