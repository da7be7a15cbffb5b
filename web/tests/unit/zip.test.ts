/** A ZIP is read as it lies there, and what contradicts itself is refused. */
import { expect, test } from 'vitest';
import { contentOf, MAX_ENTRIES, readEntries } from '../../app/check/zip';

interface Made {
  name?: string;
  content?: string;
  method?: number;
  flags?: number;
  /** What the directory says, where that is not so. */
  said?: { size?: number; packed?: number; offset?: number; name?: string };
}

/** A ZIP of stored entries. */
function zip(entries: readonly Made[], end: { count?: number; comment?: string } = {}): Blob {
  const parts: Buffer<ArrayBuffer>[] = [];
  const headers: Buffer<ArrayBuffer>[] = [];
  let offset = 0;
  for (const { name = 'a.png', content = 'pixels', method = 0, flags = 0, said = {} } of entries) {
    const local = Buffer.alloc(30 + name.length);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(flags, 6);
    local.writeUInt16LE(method, 8);
    local.writeUInt16LE(name.length, 26);
    local.write(name, 30);
    parts.push(local, Buffer.from(content));
    headers.push(
      header(said.name ?? name, method, flags, {
        size: said.size ?? content.length,
        packed: said.packed ?? said.size ?? content.length,
        offset: said.offset ?? offset,
      }),
    );
    offset += local.length + content.length;
  }
  const directory = Buffer.concat(headers);
  const { count = entries.length, comment = '' } = end;
  return new Blob([
    ...parts,
    new Uint8Array(directory),
    ending(count, directory.length, offset, comment),
  ]);
}

function header(
  name: string,
  method: number,
  flags: number,
  { size, packed, offset }: { size: number; packed: number; offset: number },
): Buffer<ArrayBuffer> {
  const made = Buffer.alloc(46 + name.length);
  made.writeUInt32LE(0x02014b50, 0);
  made.writeUInt16LE(flags, 8);
  made.writeUInt16LE(method, 10);
  made.writeUInt32LE(packed, 20);
  made.writeUInt32LE(size, 24);
  made.writeUInt16LE(name.length, 28);
  made.writeUInt32LE(offset, 42);
  made.write(name, 46);
  return made;
}

function ending(count: number, bytes: number, offset: number, comment = ''): Buffer<ArrayBuffer> {
  const made = Buffer.alloc(22 + comment.length);
  made.writeUInt32LE(0x06054b50, 0);
  made.writeUInt16LE(count, 10);
  made.writeUInt32LE(bytes, 12);
  made.writeUInt32LE(offset, 16);
  made.writeUInt16LE(comment.length, 20);
  made.write(comment, 22);
  return made;
}

async function contents(file: Blob): Promise<[string, string][]> {
  const entries = await readEntries(file);
  return Promise.all(
    entries.map(async (each) => [each.name, await (await contentOf(file, each)).text()]),
  );
}

test('entries are read in the order they lie there, with their bytes', async () => {
  const file = zip([
    { name: 'a.png', content: 'one' },
    { name: 'b.png', content: '' },
  ]);
  expect(await contents(file)).toEqual([
    ['a.png', 'one'],
    ['b.png', ''],
  ]);
  expect(await readEntries(zip([]))).toEqual([]);
});

test('a comment behind the directory is no hindrance', async () => {
  const comment = `PK\x05\x06${'x'.repeat(30)}`;
  expect(await contents(zip([{}], { comment }))).toEqual([['a.png', 'pixels']]);
});

test('a name is text, whatever is in it', async () => {
  const name = '<img src=x onerror=alert(1)>.png';
  expect((await readEntries(zip([{ name }])))[0]?.name).toBe(name);
});

test.each([
  ['no-zip', new Blob(['a picture, and no ZIP at all'])],
  ['no-zip', new Blob([])],
  ['cut', zip([{}]).slice(0, 60)],
  ['compressed', zip([{ method: 8 }])],
  ['encrypted', zip([{ flags: 1 }])],
  ['same-name', zip([{}, {}])],
  ['too-many', zip64({ count: MAX_ENTRIES + 1 })],
  ['contradictory', zip([{}, { name: 'b.png' }], { count: 1 })],
  ['contradictory', zip([{}], { count: 2 })],
  ['contradictory', zip([{ said: { packed: 3 } }])],
  ['contradictory', zip([{ said: { size: 7 } }])],
  ['contradictory', zip([{ said: { size: 0xfffffffe } }])],
  ['contradictory', zip([{ said: { offset: 0xfffffffe } }])],
  ['contradictory', zip([{ said: { offset: 0xffffffff } }])],
  ['contradictory', zip([{ name: 'a.png' }, { name: 'b.png', said: { offset: 0 } }])],
  ['contradictory', zip([{ name: 'a.png' }, { name: 'b.png', said: { offset: 3 } }])],
  ['contradictory', zip64({ record: 2 ** 40 })],
  ['contradictory', zip64({ offset: 2n ** 63n })],
  ['contradictory', zip64({ bytes: 2n ** 40n })],
])('%s', async (code, file) => {
  await expect(readEntries(file)).rejects.toThrow(code);
});

test('a header in the file that is not the directory’s is refused', async () => {
  const file = zip([{ name: 'a.png', said: { name: 'b.png' } }]);
  const [entry] = await readEntries(file);
  if (entry === undefined) throw new Error('no entry');
  await expect(contentOf(file, entry)).rejects.toThrow('contradictory');
});

/** The end of a ZIP64 without entries, that says something else. */
function zip64({ count = 0, record = 0, offset = 0n, bytes = 0n }): Blob {
  const far = Buffer.alloc(56);
  far.writeUInt32LE(0x06064b50, 0);
  far.writeBigUInt64LE(BigInt(count), 32);
  far.writeBigUInt64LE(bytes, 40);
  far.writeBigUInt64LE(offset, 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(record), 8);
  return new Blob([far, locator, ending(0xffff, 0xffffffff, 0xffffffff)]);
}
