import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { explain } from '../api/problems';
import { useWish } from '../keys/keys';
import { FirstVisit } from '../parts';
import { onLogOut } from '../session/session';
import { Button } from '../ui/button';
import { Select } from '../ui/field';
import { Heading } from '../ui/heading';
import { Icon } from '../ui/icons';
import { Note } from '../ui/note';
import { uploads } from '../upload/uploads';
import { number, t } from '../words';
import { Composing } from './composing';
import { DropZone } from './drop-zone';
import {
  find,
  isLoaded,
  loadError,
  loadMore,
  loadNewest,
  more,
  type Sort,
  type StatusFilter,
  search,
  shownVideos,
  sort,
  statusFilter,
  videos,
} from './store';
import { take } from './take';
import { UploadRow } from './upload-row';
import { VideoRow } from './video-row';

export function LibraryPage({ missing }: { missing: boolean }) {
  usePlace();
  const isEmpty = isLoaded.value && videos.value.size === 0 && uploads.value.length === 0;
  const isGuided = useSignal(false);
  useEffect(() => {
    if (isEmpty) isGuided.value = true;
  }, [isEmpty]);
  return (
    <div class="library">
      <Heading name={t('library.title')} unseen />
      {missing && <Note kind="warning">{t('library.noSuchPage')}</Note>}
      <DropZone isLarge={isEmpty} onFiles={(files) => void take(files)} />
      {isGuided.value && (
        <FirstVisit
          onFiles={(files) => void take(files)}
          onClose={() => (isGuided.value = false)}
        />
      )}
      {!isEmpty && <Filters />}
      <Rows />
      <Composing />
    </div>
  );
}

/** How far the library was scrolled when it was left. */
let place = 0;

onLogOut(() => {
  place = 0;
});

/** Be where the library was left: somebody comes back from a video to open the next one. */
function usePlace(): void {
  useLayoutEffect(() => {
    if (place > 0) scrollTo(0, place);
    const keep = () => {
      place = scrollY;
    };
    addEventListener('scroll', keep, { passive: true });
    return () => removeEventListener('scroll', keep);
  }, []);
}

function Rows() {
  const shown = shownVideos.value;
  const isNone = isLoaded.value && shown.length === 0 && videos.value.size > 0;
  const isWaited = !isLoaded.value && loadError.value === null && uploads.value.length === 0;
  return (
    <>
      {loadError.value !== null && (
        <Note kind="problem">
          {explain(loadError.value)}{' '}
          <Button small onClick={loadNewest}>
            {t('retry')}
          </Button>
        </Note>
      )}
      <ul class="library-rows" aria-label={t('library.title')} aria-busy={!isLoaded.value}>
        <UploadRows />
        {isWaited && <WaitingRows />}
        {shown.map((video) => (
          <VideoRow key={video.id} video={video} />
        ))}
      </ul>
      {isNone && <p class="hint library-none">{t('library.none')}</p>}
      {more.value !== null && <Button onClick={() => loadMore()}>{t('library.loadMore')}</Button>}
    </>
  );
}

/** In the place of videos that are on their way, where that takes a while. */
function WaitingRows() {
  return [1, 2, 3].map((each) => (
    <li key={each} class="row is-waiting" aria-hidden="true">
      <div class="poster" />
      <div class="row-text" />
    </li>
  ));
}

const UPLOADS_SHOWN = 100;

/** The first of the files on their way: ten thousand would be too much for a browser, and for a reader. */
function UploadRows() {
  const most = useSignal(UPLOADS_SHOWN);
  const rest = uploads.value.length - most.value;
  return (
    <>
      {uploads.value.slice(0, most.value).map((upload) => (
        <UploadRow key={upload.key} upload={upload} />
      ))}
      {rest > 0 && (
        <li>
          <Button onClick={() => (most.value += UPLOADS_SHOWN)}>
            {t('library.moreUploads', { n: number(rest) })}
          </Button>
        </li>
      )}
    </>
  );
}

function Filters() {
  const wanted = search.value;
  const input = useRef<HTMLInputElement>(null);
  useWish('search', () => input.current?.focus());
  useEffect(() => {
    const timer = setTimeout(() => void find(wanted).catch(() => {}), 300);
    return () => clearTimeout(timer);
  }, [wanted]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: <search> is not known to all browsers that are supported
    <div class="filters" role="search">
      <label class="search">
        <Icon name="search" size={18} />
        <span class="unseen">{t('library.search')}</span>
        <input
          ref={input}
          class="input"
          type="search"
          placeholder={t('library.search')}
          value={search.value}
          onInput={(event) => {
            search.value = event.currentTarget.value;
          }}
        />
      </label>
      <Select<Sort>
        label={t('library.sort')}
        labelUnseen
        value={sort.value}
        options={[
          ['created', t('sort.created')],
          ['name', t('sort.name')],
          ['size', t('sort.size')],
        ]}
        onValue={(value) => {
          sort.value = value;
        }}
      />
      <Select<StatusFilter>
        label={t('library.status')}
        labelUnseen
        value={statusFilter.value}
        options={[
          ['all', t('status.all')],
          ['processing', t('status.processing')],
          ['ready', t('status.ready')],
          ['failed', t('status.failed')],
        ]}
        onValue={(value) => {
          statusFilter.value = value;
        }}
      />
    </div>
  );
}
