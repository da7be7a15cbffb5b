import { useSignal } from '@preact/signals';
import { answer, type VideoSchemas, video } from '../api/client';
import { Select } from '../ui/field';
import { phrases } from '../video/reasons';
import { moment, number } from '../words';
import { PagedList, usePages } from './pages';
import { t } from './words';

type Extraction = VideoSchemas['ExtractionForAdmin'];
type State = VideoSchemas['ExtractionStatus'];

const STATES: readonly State[] = [
  'planning',
  'extracting',
  'assembling',
  'completed',
  'completed_with_warnings',
  'failed',
  'cancelled',
];

/** Everybody's extractions, or those of one user, by state. */
export function Extractions({ owner }: { owner: string | null }) {
  const state = useSignal<State | 'any'>('any');
  const pages = usePages<Extraction>((after) => {
    const query = {
      ...(state.value !== 'any' && { status: state.value }),
      ...(owner && { owner_id: owner }),
      ...(after && { after }),
    };
    return answer(video.GET('/video/admin/extractions', { params: { query } }));
  }, state.value);
  return (
    <>
      {owner && (
        <p>
          {t('extractions.ofUser', { id: owner })}{' '}
          <a href="#/admin/extractions">{t('extractions.ofAll')}</a>
        </p>
      )}
      <Select<State | 'any'>
        label={t('extractions.state')}
        value={state.value}
        options={[
          ['any', t('state.any')],
          ...STATES.map((each) => [each, t(`state.${each}`)] as const),
        ]}
        onValue={(value) => (state.value = value)}
      />
      <PagedList label={t('extractions')} pages={pages}>
        {(each) => <ExtractionRow extraction={each} />}
      </PagedList>
    </>
  );
}

function ExtractionRow({ extraction }: { extraction: Extraction }) {
  const { status, tries, reason, detail, created_at, finished_at, video_id, owner_id } = extraction;
  const begun = moment(created_at);
  const why = reason === null ? null : (phrases().failures[reason]?.what ?? detail);
  return (
    <div>
      <strong>{t(`state.${status}`)}</strong>{' '}
      {tries > 1 && <span class="badge">{t('extractions.tries', { n: number(tries) })}</span>}
      {why && <p>{why}</p>}
      {detail && detail !== why && (
        <p class="hint" lang="en">
          {detail}
        </p>
      )}
      <p class="hint">
        {finished_at === null
          ? t('extractions.begun', { begun })
          : t('extractions.times', { begun, ended: moment(finished_at) })}
      </p>
      <p class="hint">{t('extractions.ids', { video: video_id, user: owner_id })}</p>
    </div>
  );
}
