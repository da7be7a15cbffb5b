import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useWish } from '../keys/keys';
import { FirstVisit } from '../parts';
import { user } from '../session/session';
import { toast } from '../ui/announce';
import { Button } from '../ui/button';
import { Select } from '../ui/field';
import { Heading } from '../ui/heading';
import { Icon } from '../ui/icons';
import { Note } from '../ui/note';
import { addFiles, type Dropped, uploads } from '../upload/uploads';
import { bytes, number, t } from '../words';
import { Composing, composeFor } from './composing';
import { DropZone } from './drop-zone';
import {
  find,
  isLoaded,
  limits,
  loadMore,
  more,
  type Sort,
  type StatusFilter,
  search,
  shownVideos,
  sort,
  statusFilter,
  videos,
} from './store';
import { UploadRow } from './upload-row';
import { VideoRow } from './video-row';

export function LibraryPage({ missing }: { missing: boolean }) {
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

/** Send files at once, and have their frames chosen meanwhile. */
async function take(files: readonly Dropped[]): Promise<void> {
  const me = user.value;
  if (me === null) return;
  const most = limits.value?.max_upload_bytes ?? Number.POSITIVE_INFINITY;
  const isGood = ({ file }: Dropped) => file.size > 0 && file.size <= most;
  refuse(
    files.filter((each) => !isGood(each)).map(({ file }) => file),
    most,
  );
  const good = files.filter(isGood);
  if (good.length > 0) composeFor(await addFiles(good, me.id));
}

const REFUSALS_TOLD = 3;

function refuse(files: readonly File[], most: number): void {
  for (const { name, size } of files.slice(0, REFUSALS_TOLD)) {
    if (size === 0) toast(t('drop.isEmpty', { name }));
    else toast(t('drop.tooLarge', { name, limit: bytes(most) }));
  }
  const rest = files.length - REFUSALS_TOLD;
  if (rest > 0) toast(t('drop.moreRefused', { n: number(rest) }));
}

function Rows() {
  const shown = shownVideos.value;
  const isNone = isLoaded.value && shown.length === 0 && videos.value.size > 0;
  return (
    <>
      <ul class="library-rows" aria-label={t('library.title')} aria-busy={!isLoaded.value}>
        <UploadRows />
        {shown.map((video) => (
          <VideoRow key={video.id} video={video} />
        ))}
      </ul>
      {isNone && <p class="hint library-none">{t('library.none')}</p>}
      {more.value !== null && (
        <Button onClick={() => void loadMore()}>{t('library.loadMore')}</Button>
      )}
    </>
  );
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
