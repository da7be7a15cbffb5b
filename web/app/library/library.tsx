import { useEffect, useRef } from 'preact/hooks';
import { useWish } from '../keys/keys';
import { user } from '../session/session';
import { toast } from '../ui/announce';
import { Button } from '../ui/button';
import { Select } from '../ui/field';
import { Heading } from '../ui/heading';
import { Icon } from '../ui/icons';
import { Note } from '../ui/note';
import { addFiles, type Dropped, uploads } from '../upload/uploads';
import { bytes, t } from '../words';
import { Composing, composeFor, preflightOf } from './composing';
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
  return (
    <div class="library">
      <Heading name={t('library.title')} unseen />
      {missing && <Note kind="warning">{t('library.noSuchPage')}</Note>}
      <DropZone isLarge={isEmpty} onFiles={(files) => void take(files)} />
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
  const [good, tooLarge] = [
    files.filter(({ file }) => file.size > 0 && file.size <= most),
    files.filter(({ file }) => file.size > most),
  ];
  for (const { file } of files.filter((each) => each.file.size === 0)) {
    toast(t('drop.isEmpty', { name: file.name }));
  }
  for (const { file } of tooLarge) {
    toast(t('drop.tooLarge', { name: file.name, limit: bytes(most) }));
  }
  const added = await addFiles(good, me.id);
  for (const upload of added) preflightOf(upload);
  if (added.length > 0) composeFor(added);
}

function Rows() {
  const shown = shownVideos.value;
  const isNone = isLoaded.value && shown.length === 0 && videos.value.size > 0;
  return (
    <>
      <ul class="library-rows" aria-label={t('library.title')} aria-busy={!isLoaded.value}>
        {uploads.value.map((upload) => (
          <UploadRow key={upload.key} upload={upload} />
        ))}
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
