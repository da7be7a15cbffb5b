/** The user's own presets: kept in this browser, until the user logs out. */
import { signal } from '@preact/signals';
import { onLogOut } from '../session/session';
import { type Draft, FIRST_DRAFT, MODES } from './draft';

export interface OwnPreset {
  name: string;
  fields: Partial<Draft>;
}

const STORED = 'fotograma-presets';
/** What a preset says: not from where to where, nor for how long. */
const FIELDS = [
  'mode',
  'seconds',
  'fps',
  'count',
  'times',
  'format',
  'quality',
  'maxWidth',
] as const;
const FORMATS = ['png', 'jpg', 'webp'];

export const ownPresets = signal<readonly OwnPreset[]>(stored());

/** Keep what a draft says under a name; what had that name is replaced. */
export function savePreset(name: string, draft: Draft): void {
  const fields = Object.fromEntries(FIELDS.map((field) => [field, draft[field]]));
  keep([...ownPresets.value.filter((each) => each.name !== name), { name, fields }]);
}

export function renamePreset(from: string, to: string): void {
  const others = ownPresets.value.filter(({ name }) => name === from || name !== to);
  keep(others.map((each) => (each.name === from ? { ...each, name: to } : each)));
}

export function deletePreset(name: string): void {
  keep(ownPresets.value.filter((each) => each.name !== name));
}

function keep(presets: readonly OwnPreset[]): void {
  ownPresets.value = presets;
  try {
    localStorage.setItem(STORED, JSON.stringify(presets));
  } catch {
    // A browser that keeps nothing has them until the page is closed.
  }
}

function stored(): OwnPreset[] {
  try {
    return readPresets(JSON.parse(localStorage.getItem(STORED) ?? '[]'));
  } catch {
    return [];
  }
}

/** What is stored, as far as it is presets. */
export function readPresets(read: unknown): OwnPreset[] {
  if (!Array.isArray(read)) return [];
  return read.filter(isPreset);
}

function isPreset(read: Partial<OwnPreset> | null): read is OwnPreset {
  const fields: Partial<Draft> = read?.fields ?? {};
  const isText = FIELDS.every((field) => typeof (fields[field] ?? FIRST_DRAFT[field]) === 'string');
  const isKnown = MODES.includes(fields.mode ?? 'all') && FORMATS.includes(fields.format ?? 'png');
  return typeof read?.name === 'string' && read.name !== '' && isText && isKnown;
}

onLogOut(() => {
  ownPresets.value = [];
  try {
    localStorage.removeItem(STORED);
  } catch {
    // as above
  }
});
