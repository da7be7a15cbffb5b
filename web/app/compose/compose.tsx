import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Recipe } from '../api/client';
import { isForPage } from '../keys/keys';
import type { Playable } from '../player/playable';
import type { Facts, Forecast } from '../preflight/messages';
import type { Preview } from '../preflight/preflight';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Field, Select } from '../ui/field';
import { clock, number, t } from '../words';
import { codecName } from '../words/codecs';
import { type Draft, type Format, MODES } from './draft';
import { changed, currentDraft, type Drafts } from './drafts';
import { Estimate } from './estimate';
import { Modes } from './modes';
import { Presets } from './presets';
import { Previews } from './previews';
import { RangeChoice } from './range';
import { type Chosen, type Composed, chosenOf, compose } from './recipe';
import { RecipeTabs } from './recipe-tabs';
import { own } from './words';

export interface ComposeProps {
  name: string;
  facts: Facts | null;
  /** The browser finds no video in the file, or has none. */
  isUnreadable: boolean;
  forecast: Forecast | null;
  previews?: ReadonlySignal<readonly (Preview | null)[]> | undefined;
  drafts: Drafts;
  onDrafts: (drafts: Drafts) => void;
  /** Whether several recipes can be chosen at once. */
  isForSeveral?: boolean;
  onRecipe: (recipe: Recipe) => void;
  onExtract: (chosen: Chosen) => void;
  onClose: () => void;
  /** Where frames can be looked for, if the video is there. */
  playable?: Playable | null;
  isPlayerOpen?: boolean;
  /** What stands above the buttons: for all files, and how far the upload is. */
  aside?: ComponentChildren;
  keepsDays?: number | null;
}

/** Where the user says which frames are wanted, and sees which will come. */
export function Compose(props: ComposeProps) {
  const { drafts, onDrafts, facts, forecast } = props;
  const draft = currentDraft(drafts);
  const rate = facts?.frames ? facts.frames / facts.duration : undefined;
  const all = drafts.all.map((each) => compose(each, rate));
  const composed = all[drafts.current] as Composed;
  const recipe = JSON.stringify(composed.recipe);
  useEffect(() => {
    if (composed.recipe !== null && facts !== null) props.onRecipe(composed.recipe);
  }, [recipe, facts]);
  const change = (fields: Partial<Draft>) => onDrafts(changed(drafts, fields));
  const chosen = forecast?.problem ? null : chosenOf(all);
  const extract = () => chosen !== null && props.onExtract(chosen);
  const press = (event: KeyboardEvent) => {
    const mode = isForPage(event) ? MODES[Number(event.key) - 1] : undefined;
    if (mode !== undefined) change({ mode });
    else if (event.key === 'Enter' && event.ctrlKey) extract();
  };
  const foot = (
    <>
      <Estimate facts={facts} forecast={forecast} draft={draft} />
      <Button onClick={props.onClose}>{t('compose.later')}</Button>
      <Button kind="primary" busy={chosen === null} onClick={extract}>
        {extractWords(all.length, forecast)}
      </Button>
    </>
  );
  return (
    <Dialog title={props.name} wide onClose={props.onClose} onKeyDown={press} foot={foot}>
      <div class={props.previews === undefined ? 'compose is-alone' : 'compose'}>
        <p class="hint figures">{factsLine(facts, props.isUnreadable)}</p>
        <div class="choices">
          {props.isForSeveral && <RecipeTabs drafts={drafts} onDrafts={onDrafts} composed={all} />}
          <Presets draft={draft} change={change} />
          <Modes
            draft={draft}
            change={change}
            composed={composed}
            playable={props.playable}
            isPlayerOpen={props.isPlayerOpen}
          />
          <RangeChoice
            draft={draft}
            change={change}
            wrong={composed.wrong}
            duration={facts?.duration ?? null}
          />
          <OutputChoice draft={draft} change={change} composed={composed} days={props.keepsDays} />
          {props.aside}
        </div>
        <Previews
          facts={facts}
          isUnreadable={props.isUnreadable}
          forecast={forecast}
          previews={props.previews}
        />
      </div>
    </Dialog>
  );
}

function extractWords(recipes: number, forecast: Forecast | null): string {
  if (recipes > 1) return own('extractAll', { n: number(recipes) });
  return forecast?.isExact
    ? t('compose.extractN', { n: number(forecast.frames) })
    : t('compose.extract');
}

/** `MP4 · H.264 · 1920×1080 · 52:10 · 78,250 frames · varying rate`. */
export function factsLine(facts: Facts | null, isUnreadable: boolean): string {
  if (isUnreadable) return t('compose.noPreview');
  if (facts === null) return t('upload.reading');
  return [
    facts.container,
    facts.codec === null ? '' : codecName(facts.codec),
    `${facts.width}×${facts.height}`,
    clock(facts.duration),
    facts.frames === null ? '' : t('compose.frames', { n: number(facts.frames) }),
    facts.isRateVarying ? t('compose.varying') : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

interface PartProps {
  draft: Draft;
  change: (fields: Partial<Draft>) => void;
}

interface OutputProps extends PartProps {
  composed: Composed;
  days: number | null | undefined;
}

function OutputChoice({ draft, change, composed, days }: OutputProps) {
  return (
    <div class="output">
      <Select<Format>
        label={t('output.format')}
        value={draft.format}
        options={[
          ['png', t('output.png')],
          ['jpg', t('output.jpg')],
          ['webp', t('output.webp')],
        ]}
        onValue={(format) => change({ format })}
      />
      {draft.format !== 'png' && (
        <Field
          label={t('output.quality')}
          name="quality"
          inputMode="numeric"
          value={draft.quality}
          onValue={(quality) => change({ quality })}
          error={composed.wrong.has('quality') ? t('output.qualityRange') : null}
        />
      )}
      <Field
        label={t('output.width')}
        name="max-width"
        inputMode="numeric"
        value={draft.maxWidth}
        onValue={(maxWidth) => change({ maxWidth })}
        hint={t('output.widthHint')}
        error={composed.wrong.has('maxWidth') ? t('output.widthRange') : null}
      />
      {days !== undefined && (
        <Field
          label={t('output.days')}
          name="days"
          inputMode="numeric"
          value={draft.days}
          onValue={(value) => change({ days: value })}
          hint={days === null ? undefined : t('output.daysHint', { n: number(days) })}
          error={composed.wrong.has('days') ? t('compose.wrongNumber') : null}
        />
      )}
    </div>
  );
}
