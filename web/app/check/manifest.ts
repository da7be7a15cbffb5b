/** Reads an archive's `manifest.json`: what each frame was when it was made. */

export interface ManifestFrame {
  name: string;
  size: number;
  sha256: string;
  /** Seconds, exactly: a whole number or a fraction. */
  time: string;
}

export interface Manifest {
  frames: ReadonlyMap<string, ManifestFrame>;
  facts: ManifestFacts;
}

/** What a manifest says of all frames; what it leaves out is null. */
export interface ManifestFacts {
  source: string | null;
  sourceBytes: number | null;
  recipe: object | null;
  engines: string[];
  frames: number;
  /** Of the manifest itself: by it, it is told from others. */
  sha256: string;
}

/** A file that is no manifest of ours, or is damaged. */
export class BadManifest extends Error {}

export const MANIFEST_NAME = 'manifest.json';
/** A million frames take about as much. */
export const MAX_MANIFEST_BYTES = 256 * 1024 * 1024;
/** A frame is read whole; none is as large. */
const MAX_FRAME_BYTES = 1024 * 1024 * 1024;
const SHA256 = /^[0-9a-f]{64}$/;
const TIME = /^-?\d{1,30}(\/\d{1,30})?$/;

/** Read a manifest's text. Throws `BadManifest`. */
export function parseManifest(text: string, sha256: string): Manifest {
  const read = parsed(text);
  if (!isRecord(read) || !Array.isArray(read.frames)) throw new BadManifest();
  const frames = new Map<string, ManifestFrame>();
  for (const each of read.frames) {
    const frame = frameOf(each);
    if (frames.has(frame.name)) throw new BadManifest();
    frames.set(frame.name, frame);
  }
  const source = isRecord(read.source) ? read.source : {};
  const facts = {
    source: typeof source.name === 'string' ? source.name : null,
    sourceBytes: typeof source.size_bytes === 'number' ? source.size_bytes : null,
    recipe: isRecord(read.recipe) ? read.recipe : null,
    engines: Array.isArray(read.engines) ? read.engines.filter(isRecord).map(engineName) : [],
    frames: frames.size,
    sha256,
  };
  return { frames, facts };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadManifest();
  }
}

function frameOf(read: unknown): ManifestFrame {
  if (!isRecord(read)) throw new BadManifest();
  const { name, size_bytes: size, sha256, time } = read;
  const isGood =
    typeof name === 'string' &&
    Number.isInteger(size) &&
    (size as number) >= 0 &&
    (size as number) <= MAX_FRAME_BYTES &&
    typeof sha256 === 'string' &&
    SHA256.test(sha256) &&
    typeof time === 'string' &&
    TIME.test(time);
  if (!isGood) throw new BadManifest();
  return { name, size: size as number, sha256, time };
}

/** `fotograma 1.2 · pyav 15.0`: each program with its version. */
function engineName(engine: Record<string, unknown>): string {
  return Object.entries(engine)
    .map(([name, version]) => `${name} ${String(version)}`)
    .join(' · ');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
