import { useEffect, useRef } from 'preact/hooks';
import { Fraction } from '../preflight/fraction';
import { Note } from '../ui/note';
import { recipeName } from '../video/recipe-name';
import { bytes, clock, number } from '../words';
import type { Checked } from './check-files';
import { type Finding, MOST_TOLD, type Verdict } from './compare';
import type { ManifestFacts } from './manifest';
import { headline, isGood, shownVerdicts } from './verdict';
import { t } from './words';

const FILES_TOLD = 3;

/** What a check has found: the sentence, what it is about, and every file that is not as it was. */
export function Result({ checked, files }: { checked: Checked; files: readonly string[] }) {
  const section = useRef<HTMLElement>(null);
  useEffect(() => section.current?.focus(), [checked]);
  const { counts, isWhole, isOtherManifest } = checked;
  return (
    <section ref={section} class="check-result card" tabIndex={-1}>
      <Note kind={isGood(checked) ? 'good' : 'warning'}>
        <strong>{headlineWords(checked)}</strong>
        <p>{fileWords(files)}</p>
      </Note>
      {isOtherManifest && <Note kind="warning">{t('other')}</Note>}
      {isWhole && !isOtherManifest && <p class="hint">{t('own.text')}</p>}
      {!isWhole && counts.missing > 0 && (
        <p class="hint">{t('elsewhere', { n: number(counts.missing) })}</p>
      )}
      {shownVerdicts(checked).map((verdict) => (
        <Findings key={verdict} verdict={verdict} checked={checked} />
      ))}
      <Facts facts={checked.manifest} />
    </section>
  );
}

function headlineWords(checked: Checked): string {
  const found = headline(checked);
  return found.key === 'all.other' ? t(found.key, { n: number(found.n) }) : t(found.key);
}

function fileWords(files: readonly string[]): string {
  const told = files.slice(0, FILES_TOLD).join(', ');
  const rest = files.length - FILES_TOLD;
  const words = rest > 0 ? `${told} ${t('moreFiles', { n: number(rest) })}` : told;
  return t('of', { files: words });
}

function Findings({ verdict, checked }: { verdict: Verdict; checked: Checked }) {
  const count = checked.counts[verdict];
  const told = checked.findings.filter((each) => each.verdict === verdict);
  return (
    <details class="check-findings" open={verdict !== 'unchanged' || count <= 20}>
      <summary>
        {t(`verdict.${verdict}`)} <span class="badge figures">{number(count)}</span>
      </summary>
      <ul>
        {told.map((each) => (
          <li key={each.name}>
            <span>{findingWords(each)}</span>
            {each.time !== null && <time>{timeWords(each.time)}</time>}
          </li>
        ))}
      </ul>
      {count > MOST_TOLD && <p class="hint">{t('more', { n: number(count - MOST_TOLD) })}</p>}
    </details>
  );
}

function findingWords({ name, frame }: Finding): string {
  return frame === null ? name : t('finding.is', { name, frame });
}

function timeWords(time: string): string {
  return clock(Fraction.parse(time)?.toNumber() ?? 0, 6);
}

/** What the manifest says of all frames. */
function Facts({ facts }: { facts: ManifestFacts }) {
  const lines = [
    ['fact.source', sourceWords(facts)],
    ['fact.recipe', recipeWords(facts.recipe)],
    ['fact.engine', facts.engines.join('; ')],
    ['fact.manifest', facts.sha256],
  ] as const;
  return (
    <dl class="check-facts">
      {lines
        .filter(([, words]) => words !== '')
        .map(([key, words]) => (
          <div key={key}>
            <dt>{t(key)}</dt>
            <dd>{words}</dd>
          </div>
        ))}
    </dl>
  );
}

function sourceWords({ source, sourceBytes }: ManifestFacts): string {
  return [source, sourceBytes !== null && bytes(sourceBytes)].filter(Boolean).join(' · ');
}

/** A recipe in words. Whoever wrote the manifest may have written anything. */
function recipeWords(recipe: object | null): string {
  if (recipe === null) return '';
  try {
    return recipeName(recipe as Parameters<typeof recipeName>[0]);
  } catch {
    return '';
  }
}
