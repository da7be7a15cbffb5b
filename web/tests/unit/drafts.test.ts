/** Several recipes in the making, and presets that have a name. */
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { FIRST_DRAFT } from '../../app/compose/draft';
import { added, changed, currentDraft, FIRST_DRAFTS, removed } from '../../app/compose/drafts';
import { chosenOf, compose } from '../../app/compose/recipe';

type Presets = typeof import('../../app/compose/own-presets');
let presets: Presets;
const kept = new Map<string, string>();

beforeAll(async () => {
  vi.stubGlobal('location', { origin: 'https://fotograma.example', hash: '' });
  vi.stubGlobal('navigator', { languages: ['en'], locks: {} });
  vi.stubGlobal('document', { documentElement: {} });
  vi.stubGlobal('addEventListener', () => {});
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
  presets = await import('../../app/compose/own-presets');
});

beforeEach(() => {
  for (const { name } of presets.ownPresets.value) presets.deletePreset(name);
});

test('one more begins as what is shown, and is changed alone', () => {
  const two = changed(added(changed(FIRST_DRAFTS, { mode: 'scene' })), { format: 'jpg' });
  expect(two.all.map(({ mode, format }) => [mode, format])).toEqual([
    ['scene', 'png'],
    ['scene', 'jpg'],
  ]);
  expect(currentDraft(two).format).toBe('jpg');
});

test('for how long a video is kept, all say alike', () => {
  const two = changed(added(FIRST_DRAFTS), { days: '3' });
  expect(two.all.map(({ days }) => days)).toEqual(['3', '3']);
});

test('one is taken away, and the last one stays', () => {
  const three = added(added(FIRST_DRAFTS));
  expect(removed(three)).toMatchObject({ current: 1 });
  expect(removed({ ...three, current: 0 })).toMatchObject({ current: 0 });
  expect(removed(FIRST_DRAFTS)).toEqual(FIRST_DRAFTS);
});

test('nothing is extracted before all recipes are finished', () => {
  const good = compose({ ...FIRST_DRAFT, days: '7' });
  expect(chosenOf([good, compose({ ...FIRST_DRAFT, seconds: '' })])).toBeNull();
  expect(chosenOf([good, good])).toEqual({
    recipes: [good.recipe, good.recipe],
    retentionDays: 7,
  });
});

test('a preset is saved, renamed and deleted, in the browser too', () => {
  presets.savePreset('Faces', { ...FIRST_DRAFT, mode: 'fps', fps: '5', start: '1:00', days: '3' });
  presets.savePreset('Slides of mine', { ...FIRST_DRAFT, mode: 'scene' });
  presets.renamePreset('Faces', 'Five');
  expect(presets.ownPresets.value.map(({ name }) => name)).toEqual(['Five', 'Slides of mine']);
  const { fields } = presets.ownPresets.value[0] ?? {};
  expect(fields).toMatchObject({ mode: 'fps', fps: '5' });
  expect(fields).not.toHaveProperty('start');
  expect(fields).not.toHaveProperty('days');
  expect(presets.readPresets(JSON.parse(kept.get('fotograma-presets') ?? ''))).toHaveLength(2);
  presets.renamePreset('Five', 'Slides of mine');
  expect(presets.ownPresets.value).toHaveLength(1);
  expect(presets.ownPresets.value[0]?.fields.mode).toBe('fps');
  presets.deletePreset('Slides of mine');
  expect(presets.ownPresets.value).toEqual([]);
});

test.each([
  ['no list', {}],
  ['nothing', [null]],
  ['no name', [{ name: '', fields: {} }]],
  ['another mode', [{ name: 'x', fields: { mode: 'every' } }]],
  ['another format', [{ name: 'x', fields: { format: 'gif' } }]],
  ['no text', [{ name: 'x', fields: { fps: 2 } }]],
])('what is stored is not believed: %s', (_, read) => {
  expect(presets.readPresets(read)).toEqual([]);
});
