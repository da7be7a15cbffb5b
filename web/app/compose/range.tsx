import { useRef } from 'preact/hooks';
import { Field } from '../ui/field';
import { clock, t } from '../words';
import type { Draft, DraftField } from './draft';
import { readSeconds } from './times';

interface RangeProps {
  draft: Draft;
  change: (fields: Partial<Draft>) => void;
  wrong: ReadonlySet<DraftField>;
  /** Seconds, as far as it is known. */
  duration: number | null;
}

/** From where to where: two fields, and a bar with two handles that says the same. */
export function RangeChoice({ draft, change, wrong, duration }: RangeProps) {
  return (
    <div class="range">
      <Field
        label={t('range.from')}
        name="start"
        value={draft.start}
        onValue={(start) => change({ start })}
        hint={draft.start === '' ? '0:00' : undefined}
        error={wrong.has('start') ? t('range.wrong') : null}
      />
      {duration !== null && <RangeBar draft={draft} change={change} duration={duration} />}
      <Field
        label={t('range.to')}
        name="end"
        value={draft.end}
        onValue={(end) => change({ end })}
        hint={draft.end === '' && duration !== null ? clock(duration) : undefined}
        error={wrong.has('end') ? t('range.wrongEnd') : null}
      />
    </div>
  );
}

type BarProps = Pick<RangeProps, 'draft' | 'change'> & { duration: number };

function RangeBar({ draft, change, duration }: BarProps) {
  const bar = useRef<HTMLDivElement>(null);
  const start = Math.min(duration, readSeconds(draft.start || '0')?.toNumber() ?? 0);
  const end = Math.min(duration, readSeconds(draft.end || `${duration}`)?.toNumber() ?? duration);
  const move = (edge: 'start' | 'end', seconds: number) => {
    const kept = edge === 'start' ? Math.min(seconds, end) : Math.max(seconds, start);
    const isLimit = edge === 'start' ? kept <= 0 : kept >= duration;
    change({ [edge]: isLimit ? '' : clock(kept, 1) });
  };
  const drag = (edge: 'start' | 'end', event: PointerEvent) => {
    if (event.buttons === 0 || bar.current === null) return;
    const { left, width } = bar.current.getBoundingClientRect();
    move(edge, Math.max(0, Math.min(1, (event.clientX - left) / width)) * duration);
  };
  return (
    <div class="range-bar" ref={bar}>
      <div
        class="range-chosen"
        style={{
          insetInlineStart: `${(100 * start) / duration}%`,
          insetInlineEnd: `${100 - (100 * end) / duration}%`,
        }}
      />
      {(['start', 'end'] as const).map((edge) => {
        const value = edge === 'start' ? start : end;
        return (
          <div
            key={edge}
            role="slider"
            tabIndex={0}
            class="range-handle"
            aria-label={t(edge === 'start' ? 'range.from' : 'range.to')}
            aria-valuemin={0}
            aria-valuemax={Math.round(duration * 10) / 10}
            aria-valuenow={Math.round(value * 10) / 10}
            aria-valuetext={clock(value, 1)}
            style={{ insetInlineStart: `${(100 * value) / duration}%` }}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={(event) => drag(edge, event)}
            onKeyDown={(event) => {
              const step = STEPS[event.key];
              if (step === undefined) return;
              event.preventDefault();
              move(edge, Math.max(0, value + step * Math.max(0.1, duration / 100)));
            }}
          />
        );
      })}
    </div>
  );
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};
