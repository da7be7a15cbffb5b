import type { Extraction } from '../api/client';
import { number, span, t } from '../words';
import { type Progress, progress } from './store';

/** What a running extraction does, and how long it will still take. */
export function runningWords(extraction: Extraction, news: Progress | undefined): string {
  const left = news?.seconds_left ?? extraction.seconds_left;
  const done = news?.progress;
  if (extraction.status === 'assembling') return t('extraction.assembling');
  if (done?.frames_at_most != null && done.frames > 0) {
    const words = t('extraction.extracting', {
      n: number(done.frames),
      m: number(done.frames_at_most),
    });
    return left === null ? words : `${words} · ${t('left', { left: span(left) })}`;
  }
  const ahead = extraction.ahead_seconds ?? null;
  if (ahead !== null && ahead > 1) return t('extraction.waiting', { left: span(ahead) });
  return extraction.status === 'planning' ? t('extraction.planning') : t('extraction.starting');
}

/** The bar of a running extraction. */
export function Working({ extraction }: { extraction: Extraction }) {
  const percent = progress.value.get(extraction.id)?.progress.percent ?? null;
  const isKnown = percent !== null && percent > 0;
  return (
    <div
      class={`progress ${isKnown ? '' : 'endless'}`}
      role="progressbar"
      aria-label={t('extraction.progress')}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(isKnown && { 'aria-valuenow': Math.round(percent) })}
    >
      <div style={isKnown ? { inlineSize: `${percent}%` } : {}} />
    </div>
  );
}
