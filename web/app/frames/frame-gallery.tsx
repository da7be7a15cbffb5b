import './frames.css';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Extraction, Video } from '../api/client';
import { ApiProblem, explain } from '../api/problems';
import { isForPage } from '../keys/keys';
import { attempt, downloadZip } from '../library/actions';
import { Loupe } from '../loupe/loupe';
import { ContactSheet } from '../parts';
import { say } from '../ui/announce';
import { Button } from '../ui/button';
import { Note } from '../ui/note';
import { counted, number, t } from '../words';
import { Controls } from './controls';
import { Gallery } from './gallery';
import { Grid } from './grid';
import { firstSize } from './layout';
import { clearPicks, PickBar } from './pick-bar';
import { read, sizeOf } from './ranges';
import { downloadFrames } from './taking';
import { words } from './words';

interface GalleryProps {
  video: Video;
  extraction: Extraction;
  /** Seconds of a frame to be opened. */
  time: number | null;
  /** What a link has picked. */
  picked: string | null;
}

/** The frames of a finished extraction, to be looked through, picked and taken. */
export function FrameGallery({ video, extraction, time, picked }: GalleryProps) {
  const gallery = useMemo(() => new Gallery(video, extraction), [extraction.id]);
  const goToField = useRef<HTMLInputElement>(null);
  const { list } = gallery;
  useEffect(() => {
    void gallery.load().then(() => adopt(gallery, picked));
    return () => gallery.stop();
  }, [gallery]);
  useEffect(() => {
    if (time !== null && list.isWhole) gallery.opened.value = list.positionAt(time);
  }, [time, list.isWhole]);
  const { value: opened } = gallery.opened;
  const openedLast = useRef<number | null>(null);
  useEffect(() => {
    if (opened === null && openedLast.current !== null) gallery.focusOn(openedLast.current);
    openedLast.current = opened;
  }, [opened]);
  useSpokenCount(gallery);
  // What could not be fetched anew is still good to look at.
  const isShort = list.total === 0 || !list.isWhole;
  const problem = list.error.value !== null && isShort && <GalleryProblem gallery={gallery} />;
  if (problem && list.known.value === 0) return problem;
  const isEmpty = gallery.view.value.count === 0;
  return (
    <div class="frames">
      {problem}
      <Controls gallery={gallery} goToField={goToField} />
      {isEmpty ? (
        <NoneShown gallery={gallery} />
      ) : (
        <Grid gallery={gallery} onKey={(event) => act(event, gallery, goToField.current)} />
      )}
      <PickBar gallery={gallery} />
      {gallery.onSheet.value !== null && (
        <ContactSheet
          gallery={gallery}
          ranges={gallery.onSheet.value}
          onClose={() => (gallery.onSheet.value = null)}
        />
      )}
      {opened !== null && list.at(opened) !== undefined && (
        <Loupe gallery={gallery} position={opened} />
      )}
    </div>
  );
}

function GalleryProblem({ gallery: { list } }: { gallery: Gallery }) {
  const error = list.error.value;
  const isUnlisted = error instanceof ApiProblem && error.code === 'frames_not_listed';
  return (
    <Note kind={isUnlisted ? 'info' : 'problem'}>
      {explain(error)}{' '}
      {!isUnlisted && (
        <Button small onClick={() => list.load()}>
          {t('retry')}
        </Button>
      )}
    </Note>
  );
}

function NoneShown({ gallery }: { gallery: Gallery }) {
  if (gallery.list.total === 0) return <p class="row-line">{counted('frames', 0)}</p>;
  return (
    <div class="frames-none">
      <p>{words('filter.none')}</p>
      <Button onClick={() => gallery.showAll()}>{words('filter.showAll')}</Button>
    </div>
  );
}

/** Pick what a link says, which is then taken out of the address: what is picked later is another. */
function adopt({ picks, extraction }: Gallery, picked: string | null): void {
  const ranges = picked === null ? null : read(picked);
  if (ranges === null) return;
  picks.adopt(ranges);
  history.replaceState(null, '', `#/videos/${extraction.video_id}/${extraction.id}`);
}

/** What keys do in the grid besides moving and picking; whether they did something. */
function act(event: KeyboardEvent, gallery: Gallery, goToField: HTMLElement | null): boolean {
  const size = gallery.size.value ?? firstSize(innerWidth);
  if (event.key === 'Enter') gallery.opened.value = gallery.focused.value;
  else if (event.key === 'Escape') clearPicks(gallery);
  else if (!isForPage(event)) return false;
  else if (event.key === 't') goToField?.focus();
  else if (event.key === '+') gallery.chooseSize(size + 1);
  else if (event.key === '-') gallery.chooseSize(size - 1);
  else if (event.key === 'c') gallery.onSheet.value = gallery.wanted;
  else if (event.key === 'd') void attempt(() => download(gallery));
  else return false;
  return true;
}

function download({ extraction, picks }: Gallery): Promise<void> {
  const picked = picks.picked.value;
  return picked.length === 0 ? downloadZip(extraction) : downloadFrames(extraction, picked);
}

const SPOKEN_AFTER_MS = 1000;

/** Say how many are picked, once that has not changed for a moment. */
function useSpokenCount({ picks }: Gallery): void {
  const count = sizeOf(picks.picked.value);
  const before = useRef(count);
  useEffect(() => {
    if (count === before.current) return;
    before.current = count;
    const timer = setTimeout(() => say(words('picks.said', { n: number(count) })), SPOKEN_AFTER_MS);
    return () => clearTimeout(timer);
  }, [count]);
}
