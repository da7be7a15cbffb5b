import './check.css';
import { useEffect, useMemo } from 'preact/hooks';
import { Button } from '../ui/button';
import { Heading } from '../ui/heading';
import { Note } from '../ui/note';
import { Checking } from './checking';
import { Files } from './files';
import { Result } from './result';
import { t } from './words';

/** Whether frames are still what their manifest says: found out in the browser alone. */
export function Check() {
  const checking = useMemo(() => new Checking(), []);
  useEffect(() => () => checking.close(), []);
  const state = checking.state.value;
  return (
    <div class="check">
      <Heading name={t('title')} />
      <p>{t('text')}</p>
      {state.kind === 'checking' ? (
        <Working share={state.share} onCancel={() => checking.cancel()} />
      ) : (
        <Files onFiles={(files) => checking.check(files)} />
      )}
      {state.kind === 'problem' && (
        <Note kind="problem">{t(`problem.${state.code}`, { file: state.file ?? '' })}</Note>
      )}
      {state.kind === 'checked' && <Result checked={state.checked} files={state.files} />}
    </div>
  );
}

function Working({ share, onCancel }: { share: number; onCancel: () => void }) {
  const percent = Math.round(100 * share);
  return (
    <section class="check-working card">
      <p role="status">{t('checking')}</p>
      <Button small onClick={onCancel}>
        {t('cancel')}
      </Button>
      <div
        class="progress"
        role="progressbar"
        aria-label={t('progress')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
      >
        <div style={{ inlineSize: `${percent}%` }} />
      </div>
    </section>
  );
}
