/** What was changed since a manifest was written is found, and what was not is left in peace. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkFiles } from '../../app/check/check-files';
import { compare, MOST_TOLD } from '../../app/check/compare';
import { parseManifest } from '../../app/check/manifest';

const FRAMES = { '00-00-00.000000.png': 'first', '00-00-01.000000.png': 'second' };

function sum(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

function manifest(frames: Record<string, string> = FRAMES, more: object = {}): string {
  return JSON.stringify({
    source: { name: 'gate.mp4', size_bytes: 7, crc64nvme: null },
    recipe: { sampling: { mode: 'interval', seconds: '1' }, output: { format: 'png' } },
    engines: [{ worker: '0.1.0', av: '15.0' }],
    frames: Object.entries(frames).map(([name, content], index) => ({
      name,
      pts: index,
      time: `${index}`,
      size_bytes: content.length,
      sha256: sum(content),
      samples: [`${index}`],
    })),
    ...more,
  });
}

function dropped(content: string, name: string): File {
  return new File([content], name);
}

const given = dropped(manifest(), 'manifest.json');

async function check(...files: File[]) {
  return checkFiles(files, () => {});
}

test('a frame that nobody changed is unchanged, under any name', async () => {
  const { counts, findings, manifest, isWhole } = await check(
    given,
    dropped('first', '00-00-00.000000.png'),
    dropped('second', 'gate at one.png'),
  );
  expect(counts).toEqual({ unchanged: 1, renamed: 1, altered: 0, missing: 0, added: 0 });
  expect(findings[1]).toEqual({
    verdict: 'renamed',
    name: 'gate at one.png',
    frame: '00-00-01.000000.png',
    time: '1',
  });
  expect(manifest).toMatchObject({ source: 'gate.mp4', frames: 2 });
  expect(manifest.engines).toEqual(['worker 0.1.0 · av 15.0']);
  expect(isWhole).toBe(false);
});

test('one byte more, or another one, is an alteration', async () => {
  for (const content of ['first!', 'firsT']) {
    const { counts } = await check(given, dropped(content, '00-00-00.000000.png'));
    expect(counts).toMatchObject({ altered: 1, missing: 1, unchanged: 0 });
  }
});

test('a file that is no frame is added', async () => {
  const { findings } = await check(given, dropped('third', 'other.png'));
  expect(findings[0]).toMatchObject({ verdict: 'added', name: 'other.png', time: null });
});

test('a frame under the name of another is told as the one it is', async () => {
  const { counts } = await check(given, dropped('second', '00-00-00.000000.png'));
  expect(counts).toMatchObject({ renamed: 1, missing: 1, altered: 0 });
});

test('all are counted, and the first are told', async () => {
  const frames = parseManifest(manifest(), 'sum');
  const content = async () => new Blob(['other']);
  const many = Array.from({ length: MOST_TOLD + 3 }, (_, k) => ({
    name: `${k}`,
    size: 5,
    content,
  }));
  let told = 0;
  const { counts, findings } = await compare(frames, many, (bytes) => {
    told += bytes;
  });
  expect(counts.added).toBe(MOST_TOLD + 3);
  expect(findings.filter(({ verdict }) => verdict === 'added')).toHaveLength(MOST_TOLD);
  expect(told).toBe(5 * (MOST_TOLD + 3));
});

test('two manifests that say the same are one', async () => {
  const again = dropped(manifest(), 'copy.json');
  const { counts } = await check(given, again, dropped('first', '00-00-00.000000.png'));
  expect(counts.unchanged).toBe(1);
});

const frame = { name: 'a.png', size_bytes: 1, sha256: sum('a'), time: '0' };

test.each([
  ['no-manifest', [dropped('first', 'a.png')]],
  ['nothing-to-check', [given]],
  ['several-manifests', [given, dropped(manifest({}), 'other.json'), dropped('x', 'x.png')]],
  ['bad-manifest', [dropped('{', 'a.json')]],
  ['bad-manifest', [dropped('[]', 'a.json')]],
  ['bad-manifest', [dropped('{"frames": {}}', 'a.json')]],
  ['bad-manifest', [dropped(manifest({}, { frames: [null] }), 'a.json')]],
  ['bad-manifest', [dropped(manifest({}, { frames: [frame, frame] }), 'a.json')]],
  ['bad-manifest', [dropped(manifest({}, { frames: [{ ...frame, sha256: 'x' }] }), 'a.json')]],
  [
    'bad-manifest',
    [dropped(manifest({}, { frames: [{ ...frame, size_bytes: 2 ** 40 }] }), 'a.json')],
  ],
  ['bad-manifest', [dropped(manifest({}, { frames: [{ ...frame, time: '<b>' }] }), 'a.json')]],
])('%s', async (code, files) => {
  await expect(check(...files)).rejects.toMatchObject({ code });
});

test('what a manifest leaves out is not known, and nothing else', async () => {
  const { facts } = parseManifest(manifest({}, { source: 3, recipe: null, engines: 'x' }), 'sum');
  expect(facts).toMatchObject({ source: null, sourceBytes: null, recipe: null, engines: [] });
});
