import { answer, type VideoSchemas, video } from '../api/client';
import { moment, number } from '../words';
import { PagedList, usePages } from './pages';
import { t } from './words';

type DeadLetter = VideoSchemas['DeadLetterBody'] & { id: string };

/** Commands that the workers gave up; to be read only. */
export function DeadLetters() {
  const pages = usePages<DeadLetter>(async (after) => {
    const query = after === null ? {} : { after };
    const page = await answer(video.GET('/video/admin/dead-letters', { params: { query } }));
    return { ...page, items: page.items.map((each) => ({ ...each, id: each.message_id })) };
  }, '');
  return (
    <>
      <p class="hint">{t('dead.text')}</p>
      <PagedList label={t('dead-letters')} pages={pages}>
        {(each) => <DeadLetterRow dead={each} />}
      </PagedList>
    </>
  );
}

function DeadLetterRow({ dead }: { dead: DeadLetter }) {
  const { routing_key, origin, reason, attempts, deaths, died_at, message_id, extraction_id } =
    dead;
  return (
    <div>
      <strong>{routing_key}</strong>
      <p lang={reason === null ? undefined : 'en'}>{reason ?? t('dead.unknown')}</p>
      <p class="hint">
        {t('dead.line', {
          origin: origin ?? '–',
          attempts: number(attempts),
          deaths: number(deaths),
          died: moment(died_at),
        })}
      </p>
      <p class="hint">{t('dead.ids', { message: message_id, extraction: extraction_id ?? '–' })}</p>
    </div>
  );
}
