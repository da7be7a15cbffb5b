/** Limits are written in gigabytes, and are whole bytes. */
import { beforeAll, expect, test, vi } from 'vitest';

type Quotas = typeof import('../../app/admin/quotas');
let quotas: Quotas;

const NONE = {
  storage_bytes: null,
  videos: null,
  upload_bytes: null,
  daily_upload_bytes: null,
  uploads_in_progress: null,
  running_extractions: null,
  retention_days: null,
};

beforeAll(async () => {
  vi.stubGlobal('navigator', { languages: ['en'] });
  vi.stubGlobal('document', { documentElement: {} });
  vi.stubGlobal('addEventListener', () => {});
  quotas = await import('../../app/admin/quotas');
});

test('what everybody has is empty, and stays so', () => {
  const fields = quotas.written(NONE);
  expect(Object.values(fields).every((each) => each === '')).toBe(true);
  expect(quotas.readLimits(fields)).toEqual({ own: NONE, wrong: new Set() });
});

test.each([0, 1, 999, 107_374_182_400, 2 ** 53 - 1])('%s bytes come back', (bytes) => {
  const fields = quotas.written({ ...NONE, storage_bytes: bytes, retention_days: 7 });
  const { own, wrong } = quotas.readLimits(fields);
  expect(wrong.size).toBe(0);
  expect(own).toMatchObject({ storage_bytes: bytes, retention_days: 7, videos: null });
});

test.each([
  ['storage_bytes', 'x'],
  ['storage_bytes', '-1'],
  ['storage_bytes', '0.0000000001'],
  ['storage_bytes', '9999999999'],
  ['videos', '1.5'],
  ['retention_days', '0'],
] as const)('%s cannot be %s', (limit, text) => {
  const fields = { ...quotas.written(NONE), [limit]: text };
  expect(quotas.readLimits(fields).wrong).toEqual(new Set([limit]));
});

test('a comma is a decimal point, too', () => {
  const fields = { ...quotas.written(NONE), upload_bytes: '1,5' };
  expect(quotas.readLimits(fields).own.upload_bytes).toBe(1_500_000_000);
});
