/** What an archive's manifest tells of its source, and of what made its frames; read from its end alone. */
import { answer, type Extraction, video } from '../api/client';
import { manifestPlace } from './archive-tail';

export interface Manifest {
  source: { name: string; size_bytes: number; crc64nvme: string | null };
  /** Versions by name; several where a new one was being rolled out. */
  engines: Record<string, string>[];
}

/** Beyond the ends of a directory (98 bytes) and its line of the manifest. */
const TAIL_BYTES = 1024;

/** Fetch the manifest of an archive; null where the storage or the archive does not give it. */
export async function fetchManifest(extraction: Extraction): Promise<Manifest | null> {
  try {
    const size = extraction.archive_bytes ?? 0;
    const url = await archiveAddress(extraction);
    const begin = Math.max(0, size - TAIL_BYTES);
    const place = manifestPlace(await range(url, begin, size));
    if (place === null) return null;
    const file = new TextDecoder().decode(await range(url, place.begin, place.end));
    return JSON.parse(file.slice(file.indexOf('{'))) as Manifest;
  } catch {
    return null;
  }
}

async function archiveAddress({ video_id, id }: Extraction): Promise<string> {
  const { url } = await answer(
    video.GET('/video/{video_id}/download', {
      params: { path: { video_id }, query: { extraction: id } },
      headers: { Accept: 'application/json' },
    }),
  );
  return url;
}

async function range(url: string, begin: number, end: number): Promise<ArrayBuffer> {
  const part = await fetch(url, { headers: { Range: `bytes=${begin}-${end - 1}` } });
  if (part.status !== 206) throw new Error(`${part.status}`);
  return part.arrayBuffer();
}
