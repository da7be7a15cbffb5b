import type { ReadonlySignal } from '@preact/signals';
import type { Facts, Forecast } from '../preflight/messages';
import type { Preview } from '../preflight/preflight';
import { clock, t } from '../words';

interface PreviewsProps {
  facts: Facts | null;
  isUnreadable: boolean;
  forecast: Forecast | null;
  /**
   * None of a video that is not here. Looked at in this component alone: each that comes draws no more
   * of the dialog anew than this.
   */
  previews?: ReadonlySignal<readonly (Preview | null)[]> | undefined;
}

/** The place of the previews of a file that is still being read. */
const WAITED: readonly (number | null)[] = Array(12).fill(null);
const WIDE = { width: 16, height: 9 };

/** Some of the frames that will come, drawn by the browser before anything is processed. */
export function Previews({ facts, isUnreadable, forecast, previews }: PreviewsProps) {
  if (previews === undefined || isUnreadable || forecast?.problem) return null;
  const { width, height } = facts ?? WIDE;
  if (facts?.canPreview === false) return <p class="hint">{t('compose.noPreview')}</p>;
  return (
    <figure class="previews">
      <ol>
        {(forecast?.shown ?? WAITED).map((time, index) => {
          const preview = previews.value[index];
          return (
            <li key={time ?? -index - 1}>
              <div class="preview" style={{ aspectRatio: `${width} / ${height}` }}>
                {preview && time !== null && (
                  <img
                    src={preview.address}
                    decoding="async"
                    alt={t('preview.at', { time: clock(time, 1) })}
                    class={preview.isExact ? '' : 'is-rough'}
                  />
                )}
              </div>
              <time>{time === null ? '' : clock(time, 1)}</time>
            </li>
          );
        })}
      </ol>
      <figcaption class="hint">{t('preview.caption')}</figcaption>
    </figure>
  );
}
