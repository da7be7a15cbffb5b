/** A user's own limits, as they are written and read. */
import type { VideoSchemas } from '../api/client';
import { Fraction } from '../preflight/fraction';
import { bytes, number } from '../words';

export type Quotas = VideoSchemas['UserQuotasBody'];
export type OwnLimits = Quotas['own'];
export type Limit = keyof Quotas['limits'];
/** What is written in each field. */
export type Written = Record<Limit, string>;

export const LIMITS: readonly Limit[] = [
  'storage_bytes',
  'videos',
  'upload_bytes',
  'daily_upload_bytes',
  'uploads_in_progress',
  'running_extractions',
  'retention_days',
];
const DECIMALS = 9;
const GIGABYTE = Fraction.of(10n ** BigInt(DECIMALS));
const LEAST: Partial<Record<Limit, bigint>> = { retention_days: 1n };

function isBytes(limit: Limit): boolean {
  return limit.endsWith('_bytes');
}

/** What stands in the fields at first: nothing where the user has what everybody has. */
export function written(own: OwnLimits): Written {
  const entries = LIMITS.map((limit) => [limit, writtenOf(limit, own[limit] ?? null)]);
  return Object.fromEntries(entries) as Written;
}

function writtenOf(limit: Limit, value: number | null): string {
  if (value === null) return '';
  return isBytes(limit) ? gigabytes(value) : String(value);
}

/** `1.5`: exactly, as no division of floats would. */
function gigabytes(value: number): string {
  const digits = String(value).padStart(DECIMALS + 1, '0');
  return `${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)}`.replace(/\.?0+$/, '');
}

/** What is written, as the API takes it; and which fields cannot be read. */
export function readLimits(fields: Written): { own: OwnLimits; wrong: ReadonlySet<Limit> } {
  const wrong = new Set<Limit>();
  const entries = LIMITS.map((limit) => {
    const text = fields[limit].trim();
    const value = text === '' ? null : readLimit(limit, text);
    if (value === undefined) wrong.add(limit);
    return [limit, value ?? null];
  });
  return { own: Object.fromEntries(entries) as OwnLimits, wrong };
}

/** Undefined for what is no limit. Gigabytes may have decimals, which make whole bytes. */
function readLimit(limit: Limit, text: string): number | undefined {
  const read = Fraction.parse(text.replace(',', '.'));
  const value = isBytes(limit) ? read?.times(GIGABYTE) : read;
  if (value == null || value.denominator !== 1n) return undefined;
  const isFit = value.numerator >= (LEAST[limit] ?? 0n) && value.numerator <= 2n ** 53n - 1n;
  return isFit ? Number(value.numerator) : undefined;
}

/** A limit or a use of it, for people. */
export function told(limit: Limit, value: number): string {
  return isBytes(limit) ? bytes(value) : number(value);
}
