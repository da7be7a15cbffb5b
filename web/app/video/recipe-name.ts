/** A recipe in a few words: `every 1 s · PNG`. */
import type { Extraction } from '../api/client';
import { exact } from '../preflight/sampling';
import { number, t } from '../words';

export function recipeName({ sampling, output }: Extraction['recipe']): string {
  const format = (output?.format ?? 'png').toUpperCase().replace('JPG', 'JPEG');
  return `${samplingName(sampling)} · ${format}`;
}

function samplingName(sampling: Extraction['recipe']['sampling']): string {
  switch (sampling?.mode) {
    case 'fps':
      return t('recipe.fps', { n: decimal(sampling.fps) });
    case 'count':
      return t('recipe.count', { n: number(sampling.count) });
    case 'times':
      return t('recipe.times', { n: number(sampling.times.length) });
    case 'scene':
      return t('recipe.scene');
    case 'keyframes':
      return t('recipe.keyframes');
    case 'all':
      return t('recipe.all');
    default:
      return t('recipe.interval', { n: decimal(sampling?.seconds ?? '1') });
  }
}

function decimal(fraction: string | number): string {
  return number(exact(fraction).toNumber(), 3);
}
