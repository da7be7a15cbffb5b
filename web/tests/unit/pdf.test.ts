/** What is written is a PDF; what other programs make of it is tested with them (sheets.spec.ts). */
import { expect, test } from 'vitest';
import { manifestPlace } from '../../app/contact/archive-tail';
import { encoded, Pdf } from '../../app/contact/pdf';
import {
  A4,
  cellAt,
  cellHeight,
  fitted,
  heightFor,
  rowsOnPage,
  type SheetPlan,
  wrapped,
} from '../../app/contact/sheet-layout';

const PLAN: SheetPlan = {
  ...A4,
  ...{ columns: 4, ratio: 16 / 9, captions: { name: true, sha256: true } },
};

async function written(pdf: Pdf): Promise<string> {
  return new TextDecoder('latin1').decode(await pdf.finish().arrayBuffer());
}

test('each object lies where the table says', async () => {
  const pdf = new Pdf(A4.width, A4.height, 'Título');
  pdf.text('Größe (n)', { x: 36, y: 50 }, 'Helvetica', 10);
  const jpeg = { bytes: new Uint8Array([0xff, 0xd8, 0x80, 0xd9]), width: 1, height: 1 };
  pdf.image(jpeg, { x: 36, y: 60 }, 10, 10, 'עברית');
  pdf.endPage();
  pdf.endPage();
  const text = await written(pdf);
  const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1]);
  expect(text.slice(start, start + 4)).toBe('xref');
  const offsets = [...text.matchAll(/^(\d{10}) 00000 n $/gm)].map((match) => Number(match[1]));
  expect(offsets.length).toBeGreaterThan(8);
  for (const [index, offset] of offsets.entries()) {
    expect(text.slice(offset)).toMatch(new RegExp(`^${index + 1} 0 obj\n`));
  }
  expect(text).toContain('/Count 2');
  expect(text).toContain('<4772f6df6520286e29> Tj');
  expect(text).toContain('/ActualText <feff05e205d105e805d905ea>');
  for (const [, length, content] of text.matchAll(
    /\/Length (\d+) >>\nstream\n(.*?)\nendstream/gs,
  )) {
    expect(content).toHaveLength(Number(length));
  }
});

test('the fonts have the signs of Western languages, and no others', () => {
  expect(encoded('Aé€’')).toEqual([0x41, 0xe9, 0x80, 0x92]);
  expect(encoded('日本')).toBeNull();
  expect(encoded('a\u0007')).toBeNull();
});

test('cells fill a page row by row, and then the next', () => {
  const rows = rowsOnPage(PLAN);
  const onPage = rows * PLAN.columns;
  const [first, second, next] = [cellAt(PLAN, 0), cellAt(PLAN, 1), cellAt(PLAN, onPage)];
  expect([first.page, first.x, first.y]).toEqual([0, 36, 36]);
  expect(second.x).toBeGreaterThan(first.x + first.width);
  expect([next.page, next.x, next.y]).toEqual([1, 36, 36]);
  const last = cellAt(PLAN, onPage - 1);
  expect(last.x + last.width).toBeCloseTo(A4.width - A4.margin);
  expect(last.y + cellHeight(PLAN)).toBeLessThanOrEqual(A4.height - A4.margin);
  expect(heightFor(PLAN, 5)).toBeCloseTo(2 * 36 + 2 * cellHeight(PLAN) + PLAN.gap);
});

test('what is too long is cut in its middle, or goes on in the next line', () => {
  expect(fitted('00-00-01.000000.png', 9)).toBe('00-0….png');
  expect(fitted('short', 9)).toBe('short');
  expect(wrapped('one two  three', 60, 13)).toEqual(['one two', 'three']);
  expect(wrapped('x'.repeat(20), 60, 13).join('')).toBe('x'.repeat(20));
});

/** The end of an archive: the manifest's line in the directory, and the records behind it. */
function tail(place: { manifest: number; directory: number; isFar: boolean }): ArrayBuffer {
  const far = place.isFar ? 12 : 0;
  const view = new DataView(new ArrayBuffer(20 + 46 + 13 + far + 56 + 20 + 22));
  const line = 20;
  view.setUint32(line, 0x02014b50, true);
  view.setUint32(line + 42, place.isFar ? 0xffff_ffff : place.manifest, true);
  const name = new TextEncoder().encode('manifest.json');
  for (const [index, byte] of name.entries()) view.setUint8(line + 46 + index, byte);
  if (place.isFar) view.setBigUint64(line + 59 + 4, BigInt(place.manifest), true);
  const end64 = line + 59 + far;
  view.setUint32(end64, 0x06064b50, true);
  view.setBigUint64(end64 + 48, BigInt(place.directory), true);
  const end = end64 + 76;
  view.setUint32(end, 0x06054b50, true);
  view.setUint32(end + 16, place.isFar ? 0xffff_ffff : place.directory, true);
  return view.buffer as ArrayBuffer;
}

test.each([
  { manifest: 1000, directory: 2000, isFar: false },
  { manifest: 5_000_000_000, directory: 5_000_001_000, isFar: true },
])('the manifest is found at $manifest', (place) => {
  const { manifest, directory } = place;
  expect(manifestPlace(tail(place))).toEqual({ begin: manifest + 30, end: directory });
});

test('something else has no manifest', () => {
  expect(manifestPlace(new ArrayBuffer(1024))).toBeNull();
});
