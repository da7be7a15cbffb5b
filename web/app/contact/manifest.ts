/** What an archive's manifest tells of its source, and of what made its frames; read from its end alone. */
import { answer, type Extraction, video } from '../api/client';

export interface Manifest {
  source: { name: string; size_bytes: number; crc64nvme: string | null };
  /** Versions by name; several where a new one was being rolled out. */
  engines: Record<string, string>[];
}

/** Beyond the ends of a directory (98 bytes) and its line of the manifest. */
const TAIL_BYTES = 1024;
const NAME = 'manifest.json';
const [CENTRAL, LOCAL_BYTES] = [0x02014b50, 30];
const [END, END64] = [0x06054b50, 0x06064b50];
const FAR = 0xffff_ffff;

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

/** Where the manifest is: it is the last file, before the directory, and the last in it. */
export function manifestPlace(tail: ArrayBuffer): { begin: number; end: number } | null {
  const view = new DataView(tail);
  const name = new TextEncoder().encode(NAME);
  const end = lastOf(view, END);
  const line = lastOf(view, CENTRAL);
  if (end === null || line === null) return null;
  const isManifest = name.every((byte, index) => view.getUint8(line + 46 + index) === byte);
  if (!isManifest) return null;
  const end64 = lastOf(view, END64);
  const directory = view.getUint32(end + 16, true);
  const begin = view.getUint32(line + 42, true);
  return {
    // A far place stands behind the name, in a field of its own.
    begin: (begin === FAR ? far(view, line + 46 + name.length + 4) : begin) + LOCAL_BYTES,
    end: directory === FAR && end64 !== null ? far(view, end64 + 48) : directory,
  };
}

function far(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

/** Where a signature stands for the last time. */
function lastOf(view: DataView, signature: number): number | null {
  for (let at = view.byteLength - 22; at >= 0; at--) {
    if (view.getUint32(at, true) === signature) return at;
  }
  return null;
}
