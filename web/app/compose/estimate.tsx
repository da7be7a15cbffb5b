import { limits } from '../library/store';
import type { Facts, Forecast } from '../preflight/messages';
import { bytes, counted, number, t } from '../words';
import type { Draft } from './draft';

interface EstimateProps {
  facts: Facts | null;
  forecast: Forecast | null;
  draft: Draft;
}

/** `3,130 frames · about 1.9 GB`, or why it will not work. */
export function Estimate({ facts, forecast, draft }: EstimateProps) {
  return (
    <p class="estimate figures" role="status">
      {facts !== null && forecast !== null && words(facts, forecast, draft)}
    </p>
  );
}

function words(facts: Facts, forecast: Forecast, draft: Draft): string {
  if (forecast.problem === 'nothing_selected') return t('estimate.nothing');
  const most = limits.value?.max_frames;
  const isTooMany = most !== undefined && forecast.frames > most && forecast.isExact;
  if (forecast.problem === 'too_many_frames' || isTooMany) {
    return t('estimate.tooMany', { limit: number(most ?? 0) });
  }
  const frames = forecast.isExact
    ? counted('frames', forecast.frames)
    : draft.mode === 'scene'
      ? counted('estimate.atMost', forecast.frames)
      : counted('estimate.about', forecast.frames);
  const size = estimatedBytes(facts, forecast, draft);
  return size === null ? frames : `${frames} · ${t('estimate.size', { size: bytes(size) })}`;
}

/** By what frames of this kind take on average, as the API tells. */
function estimatedBytes(facts: Facts, forecast: Forecast, draft: Draft): number | null {
  const perPixel = limits.value?.bytes_per_pixel?.[draft.format];
  if (perPixel === undefined || draft.mode === 'scene') return null;
  const most = draft.maxWidth === '' ? facts.width : Number(draft.maxWidth);
  const scale = Math.min(1, most / facts.width);
  return forecast.frames * facts.width * facts.height * scale ** 2 * perPixel;
}
