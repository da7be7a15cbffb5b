import './first-visit.css';
import { videos } from '../library/store';
import { expectFile } from '../preflight/preflight';
import { toast } from '../ui/announce';
import { Button } from '../ui/button';
import { type Dropped, uploads } from '../upload/uploads';
import { progressOf, STEPS, stepOf } from './progress';
import { fetchSample } from './sample';
import { t } from './words';

interface FirstVisitProps {
  onFiles: (files: Dropped[]) => void;
  onClose: () => void;
}

/** Leads from nothing to the first frames: what is to be done now, and a clip to do it with. */
export function FirstVisit({ onFiles, onClose }: FirstVisitProps) {
  const sent = uploads.value.map(({ choice }) => ({ isChosen: choice.value !== null }));
  const progress = progressOf(sent, [...videos.value.values()]);
  const current = stepOf(progress);
  return (
    <section class="first-visit card" aria-label={t('title')}>
      <ol>
        {STEPS.map((step) => (
          <li key={step} aria-current={step === current ? 'step' : undefined}>
            <strong>{t(`${step}.name`)}</strong>
            <p>{t(`${step}.text`)}</p>
          </li>
        ))}
      </ol>
      {progress === 'drop' ? (
        <Sample onFiles={onFiles} />
      ) : (
        <div class="first-now">
          <p role="status">{t(`is.${progress}`)}</p>
          <Button small onClick={onClose}>
            {t('done')}
          </Button>
        </div>
      )}
    </section>
  );
}

function Sample({ onFiles }: Pick<FirstVisitProps, 'onFiles'>) {
  const give = async () => {
    expectFile();
    try {
      onFiles([await fetchSample()]);
    } catch {
      toast(t('sample.failed'));
    }
  };
  return (
    <div class="first-now">
      <Button icon="play" onClick={give}>
        {t('sample')}
      </Button>
      <p class="hint">{t('sample.text')}</p>
      <a href="#/help">{t('help')}</a>
    </div>
  );
}
