import type { Extraction, Video } from '../api/client';
import { FrameGallery } from '../frames/frame-gallery';
import { attempt, cancel, retry } from '../library/actions';
import { LiveStrip } from '../library/live-strip';
import { runningWords, Working } from '../library/running';
import { isComplete, isRunning, progress } from '../library/store';
import { Button } from '../ui/button';
import { Icon } from '../ui/icons';
import { moment, t } from '../words';
import { failureWords, warningWords } from './reasons';
import { RemedyLink } from './remedy-link';

interface ViewProps {
  video: Video;
  extraction: Extraction;
  time: number | null;
  picked: string | null;
}

/** What an extraction does, has given, or why it gives nothing. */
export function ExtractionView(props: ViewProps) {
  const { extraction } = props;
  if (isRunning(extraction)) return <Running extraction={extraction} />;
  if (extraction.status === 'failed') return <Failed extraction={extraction} />;
  if (extraction.status === 'cancelled') return <Cancelled extraction={extraction} />;
  return (
    <>
      {isComplete(extraction) && extraction.warnings.length > 0 && (
        <Warnings extraction={extraction} />
      )}
      <FrameGallery {...props} />
    </>
  );
}

function Running({ extraction }: { extraction: Extraction }) {
  return (
    <section class="state card">
      <div class="state-line">
        <p class="figures">{runningWords(extraction, progress.value.get(extraction.id))}</p>
        <Button small onClick={() => attempt(() => cancel(extraction))}>
          {t('extraction.cancel')}
        </Button>
      </div>
      <Working extraction={extraction} />
      <div class="live-grid">
        <LiveStrip extraction={extraction} most={60} />
      </div>
    </section>
  );
}

function Failed({ extraction }: { extraction: Extraction }) {
  const { what, remedy } = failureWords(extraction);
  return (
    <section class="state card">
      <div class="state-sign is-problem">
        <Icon name="warning" size={24} />
      </div>
      <h2>{what}</h2>
      {remedy && <p>{remedy}</p>}
      {extraction.detail && (
        <details class="hint">
          <summary>{t('extraction.detail')}</summary>
          <p lang="en">{extraction.detail}</p>
        </details>
      )}
      {extraction.retryable && (
        <div class="state-line">
          <Button icon="retry" onClick={() => attempt(() => retry(extraction))}>
            {t('extraction.retry')}
          </Button>
          <p class="hint">{t('extraction.retryHint')}</p>
        </div>
      )}
      <p>
        <RemedyLink extraction={extraction} />
      </p>
    </section>
  );
}

const KEPT_MS = 24 * 60 * 60 * 1000;

function Cancelled({ extraction }: { extraction: Extraction }) {
  const ended = Date.parse(extraction.finished_at ?? extraction.created_at);
  const until = new Date(ended + KEPT_MS).toISOString();
  return (
    <section class="state card">
      <h2>{t('extraction.cancelled')}</h2>
      {extraction.retryable && (
        <div class="state-line">
          <Button icon="retry" onClick={() => attempt(() => retry(extraction))}>
            {t('extraction.resume')}
          </Button>
          <p class="hint">{t('extraction.resumeUntil', { time: moment(until) })}</p>
        </div>
      )}
    </section>
  );
}

function Warnings({ extraction }: { extraction: Extraction }) {
  return (
    <div class="note warning">
      <Icon name="warning" />
      <div>
        <strong>{t('extraction.gaps')}</strong>
        <ul>
          {extraction.warnings.map((warning) => (
            <li key={warning.code}>
              {warningWords(warning)}
              {warning.code !== 'other' && (
                <details class="hint">
                  <summary>{t('extraction.detail')}</summary>
                  <span lang="en">{warning.detail}</span>
                </details>
              )}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
