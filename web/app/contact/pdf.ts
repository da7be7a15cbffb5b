/**
 * Writes PDF 1.7: pages of text in the fonts that every reader has, and of JPEGs. What those fonts
 * cannot write comes as a picture, with the words behind it for those who search or copy.
 */

export const FONTS = ['Helvetica', 'Helvetica-Bold', 'Courier'] as const;
export type Font = (typeof FONTS)[number];

/** Windows-1252 where it is not Latin-1: what lies at 0x80 and on, by what it stands for. */
const BEYOND_LATIN = new Map(
  [...'€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ'].map((character, index) => [character, 0x80 + index]),
);

/** A text in the fonts' encoding; null where they have no sign for something in it. */
export function encoded(text: string): number[] | null {
  const bytes = Array.from(text, (character) => {
    const code = character.codePointAt(0) as number;
    const isLatin = (code >= 0x20 && code < 0x7f) || (code >= 0xa0 && code <= 0xff);
    return isLatin ? code : (BEYOND_LATIN.get(character) ?? 0);
  });
  return bytes.includes(0) ? null : bytes;
}

export interface Jpeg {
  bytes: Uint8Array;
  width: number;
  height: number;
}

/** Points from the left and from the top of a page. */
export interface Place {
  x: number;
  y: number;
}

type Chunk = string | Uint8Array;

const CATALOG = 1;
const PAGES = 2;
const FIRST_FONT = 3;

export class Pdf {
  private readonly chunks: Chunk[] = [];
  private readonly offsets: number[] = [];
  private readonly pages: number[] = [];
  private length = 0;
  private objects = FIRST_FONT + FONTS.length - 1;
  private drawn: string[] = [];
  private images: number[] = [];

  /** Sizes in points, of which 72 are an inch. */
  constructor(
    readonly width: number,
    readonly height: number,
    private readonly title: string,
  ) {
    this.write('%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n');
    for (const [index, font] of FONTS.entries()) {
      const encoding = '/Encoding /WinAnsiEncoding';
      this.object(
        FIRST_FONT + index,
        `<< /Type /Font /Subtype /Type1 /BaseFont /${font} ${encoding} >>`,
      );
    }
  }

  /** Write a line whose letters stand on a place. Only what `encoded` can tell. */
  text(text: string, { x, y }: Place, font: Font, size: number, grey = 0): void {
    const number = FONTS.indexOf(font);
    const at = `${rounded(x)} ${rounded(this.height - y)}`;
    const words = hex(encoded(text) ?? []);
    this.drawn.push(
      `BT /F${number} ${rounded(size)} Tf ${rounded(grey)} g ${at} Td <${words}> Tj ET`,
    );
  }

  /** Draw a picture whose upper left corner is in a place; `words` are what it shows, if it is text. */
  image(jpeg: Jpeg, { x, y }: Place, width: number, height: number, words = ''): void {
    const number = this.jpeg(jpeg);
    this.images.push(number);
    const place = [width, 0, 0, height, x, this.height - y - height].map(rounded).join(' ');
    const picture = `q ${place} cm /I${number} Do Q`;
    if (words === '') this.drawn.push(picture);
    else {
      const unseen = `BT 3 Tr /F0 ${rounded(height)} Tf ${rounded(x)} ${rounded(this.height - y - height)} Td (.) Tj 0 Tr ET`;
      this.drawn.push(`/Span << /ActualText ${utf16(words)} >> BDC ${picture} ${unseen} EMC`);
    }
  }

  /** Draw a line across. */
  rule({ x, y }: Place, width: number): void {
    const at = rounded(this.height - y);
    this.drawn.push(`0.8 G 0.5 w ${rounded(x)} ${at} m ${rounded(x + width)} ${at} l S`);
  }

  /** End a page; what is drawn next is on another. */
  endPage(): void {
    const content = this.drawn.join('\n');
    const contents = this.next();
    this.object(contents, `<< /Length ${content.length} >>\nstream\n${content}\nendstream`);
    const fonts = FONTS.map((_, index) => `/F${index} ${FIRST_FONT + index} 0 R`).join(' ');
    const images = this.images.map((number) => `/I${number} ${number} 0 R`).join(' ');
    const page = this.next();
    this.pages.push(page);
    this.object(
      page,
      `<< /Type /Page /Parent ${PAGES} 0 R /MediaBox [0 0 ${rounded(this.width)} ${rounded(this.height)}] ` +
        `/Contents ${contents} 0 R /Resources << /Font << ${fonts} >> /XObject << ${images} >> >> >>`,
    );
    this.drawn = [];
    this.images = [];
  }

  /** The document. */
  finish(): Blob {
    const kids = this.pages.map((page) => `${page} 0 R`).join(' ');
    this.object(PAGES, `<< /Type /Pages /Kids [${kids}] /Count ${this.pages.length} >>`);
    this.object(CATALOG, `<< /Type /Catalog /Pages ${PAGES} 0 R >>`);
    const info = this.next();
    this.object(info, `<< /Title ${utf16(this.title)} /Producer (Fotograma) >>`);
    const start = this.length;
    const entries = Array.from({ length: this.objects }, (_, index) => {
      return `${String(this.offsets[index + 1] ?? 0).padStart(10, '0')} 00000 n \n`;
    });
    const size = this.objects + 1;
    this.write(`xref\n0 ${size}\n0000000000 65535 f \n${entries.join('')}`);
    this.write(`trailer\n<< /Size ${size} /Root ${CATALOG} 0 R /Info ${info} 0 R >>\n`);
    this.write(`startxref\n${start}\n%%EOF\n`);
    return new Blob(
      this.chunks.map((chunk) => (typeof chunk === 'string' ? latin(chunk) : chunk)) as BlobPart[],
      {
        type: 'application/pdf',
      },
    );
  }

  private jpeg({ bytes, width, height }: Jpeg): number {
    const number = this.next();
    const head =
      `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceRGB ` +
      `/BitsPerComponent 8 /Filter /DCTDecode /Length ${bytes.length} >>\nstream\n`;
    this.object(number, head, bytes, '\nendstream');
    return number;
  }

  private next(): number {
    this.objects += 1;
    return this.objects;
  }

  private object(number: number, ...parts: Chunk[]): void {
    this.offsets[number] = this.length;
    this.write(`${number} 0 obj\n`, ...parts, '\nendobj\n');
  }

  private write(...chunks: Chunk[]): void {
    for (const chunk of chunks) {
      this.chunks.push(chunk);
      this.length += chunk.length;
    }
  }
}

function rounded(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A string of any signs, with the mark that says so. */
function utf16(text: string): string {
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return `<feff${units.map((unit) => unit.toString(16).padStart(4, '0')).join('')}>`;
}

/** Each sign as one byte. */
function latin(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
