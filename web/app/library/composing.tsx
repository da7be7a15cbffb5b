/** Choosing the frames of what has just been dropped, while it is being sent. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Compose } from '../compose/compose';
import { type Composed, type Draft, FIRST_DRAFT } from '../compose/draft';
import { Preflight } from '../preflight/preflight';
import { Check } from '../ui/field';
import type { Upload } from '../upload/upload';
import { tellChoice } from '../upload/uploads';
import { t } from '../words';
import { limits } from './store';
import { uploadWords } from './upload-row';

/** Those whose frames are to be chosen now; the first is shown. */
const queue = signal<readonly Upload[]>([]);
const draft = signal<Draft>(FIRST_DRAFT);
const isForAll = signal(false);
const preflights = new Map<string, Preflight>();

/** Have the frames of uploads chosen, one after the other. */
export function composeFor(uploads: readonly Upload[]): void {
  queue.value = uploads.filter((each) => each.choice.value === null);
}

/** What is known of a file; looked into when it is asked for the first time. */
export function preflightOf(upload: Upload): Preflight | null {
  const known = preflights.get(upload.key);
  if (known !== undefined || upload.file === null) return known ?? null;
  const preflight = new Preflight(upload.file);
  preflights.set(upload.key, preflight);
  return preflight;
}

/** Let go of what is known of a file. */
export function forgetPreflight(key: string): void {
  preflights.get(key)?.close();
  preflights.delete(key);
}

export function Composing() {
  const upload = queue.value[0];
  return upload === undefined ? null : <ComposeUpload key={upload.key} upload={upload} />;
}

function ComposeUpload({ upload }: { upload: Upload }) {
  const preflight = preflightOf(upload);
  const others = queue.value.length - 1;
  useEffect(() => () => forgetPreflight(upload.key), [upload.key]);
  const extract = (composed: Composed) => {
    const chosen = isForAll.value ? queue.value : [upload];
    for (const each of chosen) choose(each, composed);
    queue.value = queue.value.filter((each) => !chosen.includes(each));
  };
  return (
    <Compose
      name={upload.record.name}
      facts={preflight?.facts.value ?? null}
      isUnreadable={preflight?.isUnreadable.value ?? true}
      forecast={preflight?.forecast.value ?? null}
      previews={preflight?.previews.value ?? []}
      draft={draft.value}
      onDraft={(next) => (draft.value = next)}
      onRecipe={(recipe) => preflight?.foresee(recipe)}
      onExtract={extract}
      onClose={() => (queue.value = [])}
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
          <p class="hint figures">{uploadWords(upload)}</p>
        </>
      }
    />
  );
}

function choose(upload: Upload, { recipe, retentionDays }: Composed): void {
  if (recipe === null) return;
  upload.choose({ name: upload.record.name, recipes: [recipe], retentionDays });
  tellChoice(upload);
}
