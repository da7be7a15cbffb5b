/**
 * Reads ZIPs whose entries are stored, as the product makes them (APPNOTE.TXT 6.3.10), by slices of the
 * file. Nothing that a file says of itself is believed before it is compared with what is there.
 */

export type ZipProblem =
  | 'no-zip'
  | 'cut'
  | 'compressed'
  | 'encrypted'
  | 'contradictory'
  | 'same-name'
  | 'too-many';

/** A file that is no ZIP, or none that frames lie in as they are. */
export class BadZip extends Error {
  constructor(readonly code: ZipProblem) {
    super(code);
  }
}

export interface ZipEntry {
  name: string;
  size: number;
  /** Where its local header begins. */
  offset: number;
  /** What that takes at least. */
  headerBytes: number;
  /** Where the next one begins, or the directory. */
  limit: number;
}

interface Directory {
  offset: number;
  end: number;
  count: number;
}

const END = { signature: 0x06054b50, bytes: 22 };
const ZIP64_LOCATOR = { signature: 0x07064b50, bytes: 20 };
const ZIP64_END = { signature: 0x06064b50, bytes: 56 };
const CENTRAL = { signature: 0x02014b50, bytes: 46 };
const LOCAL = { signature: 0x04034b50, bytes: 30 };
const MAX_COMMENT = 0xffff;
const IN_ZIP64 = 0xffffffff;
const COUNT_IN_ZIP64 = 0xffff;
const ZIP64_EXTRA = 1;
const ENCRYPTED = 1;
const STORED = 0;
/** Headers that are read at once; each is 200 KB at most. */
const CHUNK = 4 * 1024 * 1024;
/** More files than any extraction has frames. */
export const MAX_ENTRIES = 1_100_000;

/** Whether a file begins as a ZIP does. */
export async function isZip(file: Blob): Promise<boolean> {
  if (file.size < END.bytes) return false;
  const signature = (await view(file, 0, 4)).getUint32(0, true);
  return signature === LOCAL.signature || signature === END.signature;
}

/** The entries in the order they lie in the file. Throws `BadZip`. */
export async function readEntries(file: Blob): Promise<ZipEntry[]> {
  const directory = await findDirectory(file);
  if (directory.count > MAX_ENTRIES) throw new BadZip('too-many');
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  for await (const entry of readHeaders(file, directory)) {
    if (names.has(entry.name)) throw new BadZip('same-name');
    names.add(entry.name);
    entries.push(entry);
  }
  if (entries.length !== directory.count) throw new BadZip('contradictory');
  return apart(entries, directory.offset);
}

/** The bytes of an entry, where they lie. Throws `BadZip`. */
export async function contentOf(file: Blob, entry: ZipEntry): Promise<Blob> {
  const header = await view(file, entry.offset, LOCAL.bytes);
  if (header.getUint32(0, true) !== LOCAL.signature) throw new BadZip('contradictory');
  refuseOthers(header.getUint16(6, true), header.getUint16(8, true));
  const nameBytes = header.getUint16(26, true);
  const begin = entry.offset + LOCAL.bytes + nameBytes + header.getUint16(28, true);
  if (begin + entry.size > entry.limit) throw new BadZip('contradictory');
  const name = decoded(await view(file, entry.offset + LOCAL.bytes, nameBytes));
  if (name !== entry.name) throw new BadZip('contradictory');
  return file.slice(begin, begin + entry.size);
}

async function findDirectory(file: Blob): Promise<Directory> {
  const length = Math.min(file.size, END.bytes + MAX_COMMENT);
  const tail = await view(file, file.size - length, length);
  for (let at = length - END.bytes; at >= 0; at--) {
    const isEnd =
      tail.getUint32(at, true) === END.signature &&
      tail.getUint16(at + 20, true) === length - at - END.bytes;
    if (isEnd) return directoryOf(file, tail, at, file.size - length + at);
  }
  throw new BadZip((await isZip(file)) ? 'cut' : 'no-zip');
}

async function directoryOf(
  file: Blob,
  tail: DataView,
  at: number,
  end: number,
): Promise<Directory> {
  const count = tail.getUint16(at + 10, true);
  const bytes = tail.getUint32(at + 12, true);
  const offset = tail.getUint32(at + 16, true);
  const isFar = count === COUNT_IN_ZIP64 || bytes === IN_ZIP64 || offset === IN_ZIP64;
  const directory = isFar ? await farDirectory(file, end) : { count, offset, end: offset + bytes };
  if (directory.end > end) throw new BadZip('cut');
  return directory;
}

async function farDirectory(file: Blob, end: number): Promise<Directory> {
  const at = end - ZIP64_LOCATOR.bytes;
  if (at < 0) throw new BadZip('contradictory');
  const locator = await view(file, at, ZIP64_LOCATOR.bytes);
  const record = number(locator, 8);
  const isThere = locator.getUint32(0, true) === ZIP64_LOCATOR.signature;
  if (!isThere || record + ZIP64_END.bytes > at) throw new BadZip('contradictory');
  const far = await view(file, record, ZIP64_END.bytes);
  if (far.getUint32(0, true) !== ZIP64_END.signature) throw new BadZip('contradictory');
  const offset = number(far, 48);
  const directory = { count: number(far, 32), offset, end: offset + number(far, 40) };
  if (directory.end > record) throw new BadZip('contradictory');
  return directory;
}

/** The directory's entries, a few megabytes of it at a time. */
async function* readHeaders(file: Blob, { offset, end }: Directory): AsyncGenerator<ZipEntry> {
  let at = offset;
  while (at < end) {
    const chunk = await view(file, at, Math.min(CHUNK, end - at));
    let read = 0;
    for (;;) {
      const found = headerAt(chunk, read);
      if (found === null) break;
      read += found.bytes;
      yield found.entry;
    }
    if (read === 0) throw new BadZip('contradictory');
    at += read;
  }
}

/** The header at a place; null where it is not whole. */
function headerAt(chunk: DataView, at: number): { entry: ZipEntry; bytes: number } | null {
  if (at + CENTRAL.bytes > chunk.byteLength) return null;
  if (chunk.getUint32(at, true) !== CENTRAL.signature) throw new BadZip('contradictory');
  const nameBytes = chunk.getUint16(at + 28, true);
  const extraBytes = chunk.getUint16(at + 30, true);
  const bytes = CENTRAL.bytes + nameBytes + extraBytes + chunk.getUint16(at + 32, true);
  if (at + bytes > chunk.byteLength) return null;
  refuseOthers(chunk.getUint16(at + 8, true), chunk.getUint16(at + 10, true));
  const extra = part(chunk, at + CENTRAL.bytes + nameBytes, extraBytes);
  const [size, packed, offset] = farValues(extra, [
    chunk.getUint32(at + 24, true),
    chunk.getUint32(at + 20, true),
    chunk.getUint32(at + 42, true),
  ]) as [number, number, number];
  if (size !== packed) throw new BadZip('contradictory');
  const name = decoded(part(chunk, at + CENTRAL.bytes, nameBytes));
  return {
    entry: { name, size, offset, headerBytes: LOCAL.bytes + nameBytes, limit: 0 },
    bytes,
  };
}

/** Those of the values that stand in the ZIP64 field, in its order, in the place of those in the header. */
function farValues(extra: DataView, values: readonly number[]): number[] {
  if (!values.includes(IN_ZIP64)) return [...values];
  let at = 0;
  while (at + 4 <= extra.byteLength) {
    const end = at + 4 + extra.getUint16(at + 2, true);
    if (extra.getUint16(at, true) === ZIP64_EXTRA) {
      let next = at + 4;
      return values.map((value) => {
        if (value !== IN_ZIP64) return value;
        if (next + 8 > Math.min(end, extra.byteLength)) throw new BadZip('contradictory');
        next += 8;
        return number(extra, next - 8);
      });
    }
    at = end;
  }
  throw new BadZip('contradictory');
}

/** In order, each with the place where the next begins; none lies in another, or in the directory. */
function apart(entries: ZipEntry[], directory: number): ZipEntry[] {
  entries.sort((a, b) => a.offset - b.offset);
  for (const [index, entry] of entries.entries()) {
    entry.limit = entries[index + 1]?.offset ?? directory;
    const { offset, headerBytes, size, limit } = entry;
    if (offset + headerBytes + size > limit) throw new BadZip('contradictory');
  }
  return entries;
}

function refuseOthers(flags: number, method: number): void {
  if (flags & ENCRYPTED) throw new BadZip('encrypted');
  if (method !== STORED) throw new BadZip('compressed');
}

async function view(file: Blob, begin: number, bytes: number): Promise<DataView> {
  const buffer = await file.slice(begin, begin + bytes).arrayBuffer();
  if (buffer.byteLength !== bytes) throw new BadZip('cut');
  return new DataView(buffer);
}

function part(whole: DataView, begin: number, bytes: number): DataView {
  return new DataView(whole.buffer, whole.byteOffset + begin, bytes);
}

function decoded(bytes: DataView): string {
  return new TextDecoder().decode(bytes);
}

/** A number of eight bytes. One that is no size of a file is refused. */
function number(from: DataView, at: number): number {
  const value = from.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new BadZip('contradictory');
  return Number(value);
}
