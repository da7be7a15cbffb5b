/** Choosing the frames of what has just been dropped, while it is being sent. */
import { signal } from '@preact/signals';
import { type Drafts, FIRST_DRAFTS } from '../compose/drafts';
import type { Chosen } from '../compose/recipe';
import { Compose } from '../parts';
import { Preflight } from '../preflight/preflight';
import { onLogOut } from '../session/session';
import { Check } from '../ui/field';
import type { Upload } from '../upload/upload';
import { tellChoice } from '../upload/uploads';
import { t } from '../words';
import { keepPoster } from './posters';
import { limits } from './store';
import { uploadWords } from './upload-row';

/** Those whose frames are to be chosen now; the first is shown. */
const queue = signal<readonly Upload[]>([]);
const drafts = signal<Drafts>(FIRST_DRAFTS);
const isForAll = signal(false);
/**
 * Files that are looked into at once: the one that is shown, and those that come next, so that their
 * facts are there when it is their turn. Each has a worker, which holds the file's whole index.
 */
const LOOKED_INTO = 3;
const preflights = new Map<string, Preflight>();

/** Have the frames of uploads chosen, one after the other. */
export function composeFor(uploads: readonly Upload[]): void {
  const unchosen = uploads.filter((each) => each.choice.value === null);
  wait([...queue.value, ...unchosen]);
}

/** Have these wait for a choice, and let go of what is known of all others. */
function wait(next: readonly Upload[]): void {
  queue.value = next;
  const near = new Map(next.slice(0, LOOKED_INTO).map((each) => [each.key, each]));
  for (const [key, preflight] of preflights) {
    if (near.has(key)) continue;
    preflight.close();
    preflights.delete(key);
  }
  for (const upload of near.values()) preflightOf(upload);
}

/** What is known of a file; looked into when it is asked for the first time. */
function preflightOf(upload: Upload): Preflight | null {
  const known = preflights.get(upload.key);
  if (known !== undefined || upload.file === null) return known ?? null;
  const preflight = new Preflight(upload.file, (picture) => keepPoster(upload.key, picture));
  preflights.set(upload.key, preflight);
  return preflight;
}

onLogOut(() => wait([]));

export function Composing() {
  const upload = queue.value[0];
  return upload === undefined ? null : <ComposeUpload key={upload.key} upload={upload} />;
}

function ComposeUpload({ upload }: { upload: Upload }) {
  const preflight = preflightOf(upload);
  const others = queue.value.length - 1;
  const extract = (chosen: Chosen) => {
    for (const each of isForAll.value ? queue.value : [upload]) choose(each, chosen);
    wait(isForAll.value ? [] : queue.value.slice(1));
  };
  return (
    <Compose
      name={upload.record.name}
      facts={preflight?.facts.value ?? null}
      isUnreadable={preflight?.isUnreadable.value ?? true}
      forecast={preflight?.forecast.value ?? null}
      previews={preflight?.previews}
      drafts={drafts.value}
      onDrafts={(next) => (drafts.value = next)}
      isForSeveral
      onRecipe={(recipe) => preflight?.foresee(recipe)}
      onExtract={extract}
      onClose={() => wait([])}
      playable={preflight && upload.file && { file: upload.file, preflight }}
      keepsDays={limits.value?.max_retention_days ?? null}
      aside={
        <>
          {others > 0 && (
            <Check
              label={t('compose.forAll', { n: `${others + 1}` })}
              checked={isForAll.value}
              onChecked={(checked) => (isForAll.value = checked)}
            />
          )}
          <UploadLine upload={upload} />
        </>
      }
    />
  );
}

/** By itself: what is sent changes ten times a second, and the rest of the dialog does not. */
function UploadLine({ upload }: { upload: Upload }) {
  return <p class="hint figures">{uploadWords(upload)}</p>;
}

function choose(upload: Upload, chosen: Chosen): void {
  upload.choose({ name: upload.record.name, ...chosen });
  tellChoice(upload);
}
