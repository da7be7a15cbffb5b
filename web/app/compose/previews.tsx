import type { ReadonlySignal } from '@preact/signals';
import type { Facts, Forecast } from '../preflight/messages';
import type { Preview } from '../preflight/preflight';
import { clock, t } from '../words';

interface PreviewsProps {
  facts: Facts | null;
  forecast: Forecast | null;
  /**
   * None of a video that is not here. Looked at in this component alone: each that comes draws no more
   * of the dialog anew than this.
   */
  previews?: ReadonlySignal<readonly (Preview | null)[]> | undefined;
}

/** Some of the frames that will come, drawn by the browser before anything is processed. */
export function Previews({ facts, forecast, previews }: PreviewsProps) {
  if (previews === undefined) return null;
  if (facts === null || forecast === null || forecast.problem !== null) return null;
  if (!facts.canPreview) return <p class="hint">{t('compose.noPreview')}</p>;
  return (
    <figure class="previews">
      <ol>
        {forecast.shown.map((time, index) => {
          const preview = previews.value[index];
          return (
            <li key={time}>
              <div class="preview" style={{ aspectRatio: `${facts.width} / ${facts.height}` }}>
                {preview && (
                  <img
                    src={preview.address}
                    decoding="async"
                    alt={t('preview.at', { time: clock(time, 1) })}
                    class={preview.isExact ? '' : 'is-rough'}
                  />
                )}
              </div>
              <time>{clock(time, 1)}</time>
            </li>
          );
        })}
      </ol>
      <figcaption class="hint">{t('preview.caption')}</figcaption>
    </figure>
  );
}
