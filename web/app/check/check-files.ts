/** Checks what somebody drops: a ZIP against its manifest, or frames and ZIPs against another one. */
import { sha256 } from '../sha256';
import { type Candidate, type Comparison, compare } from './compare';
import {
  BadManifest,
  MANIFEST_NAME,
  MAX_MANIFEST_BYTES,
  type Manifest,
  type ManifestFacts,
  parseManifest,
} from './manifest';
import { BadZip, contentOf, isZip, readEntries, type ZipProblem } from './zip';

export type CheckProblem =
  | ZipProblem
  | 'no-manifest'
  | 'several-manifests'
  | 'bad-manifest'
  | 'nothing-to-check'
  | 'unreadable';

/** Why nothing can be said of the files. */
export class Uncheckable extends Error {
  constructor(
    readonly code: CheckProblem,
    /** Which file it is about. */
    readonly file: string | null = null,
  ) {
    super(code);
  }
}

export interface Checked extends Comparison {
  manifest: ManifestFacts;
  /** A ZIP that has a manifest should have all of its frames; a selection, or one frame, need not. */
  isWhole: boolean;
  /** Whether a ZIP's own manifest is another than the one it was compared with. */
  isOtherManifest: boolean;
}

interface Opened {
  /** Of the ZIPs themselves. */
  own: Manifest[];
  /** That lie beside the ZIPs and frames. */
  given: Manifest[];
  candidates: Candidate[];
}

/** Check files. `tell` hears how many of all bytes are done. Throws `Uncheckable`. */
export async function checkFiles(
  files: readonly File[],
  tell: (done: number, total: number) => void,
): Promise<Checked> {
  const opened: Opened = { own: [], given: [], candidates: [] };
  for (const file of files) await named(file, () => open(file, opened));
  const { own, given, candidates } = opened;
  const manifest = oneOf(given) ?? oneOf(own);
  if (manifest === null) throw new Uncheckable('no-manifest');
  if (candidates.length === 0) throw new Uncheckable('nothing-to-check');
  const total = candidates.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const compared = await compare(manifest, candidates, (bytes) => {
    done += bytes;
    tell(done, total);
  });
  return {
    ...compared,
    manifest: manifest.facts,
    isWhole: own.length > 0,
    isOtherManifest: own.some(({ facts }) => facts.sha256 !== manifest.facts.sha256),
  };
}

/** The one there is; null where there is none. Several that say the same are one. */
function oneOf(manifests: readonly Manifest[]): Manifest | null {
  const sums = new Set(manifests.map(({ facts }) => facts.sha256));
  if (sums.size > 1) throw new Uncheckable('several-manifests');
  return manifests[0] ?? null;
}

async function open(file: File, { own, given, candidates }: Opened): Promise<void> {
  if (await isZip(file)) {
    for (const entry of await readEntries(file)) {
      const content = () => named(file, () => contentOf(file, entry));
      if (entry.name === MANIFEST_NAME) own.push(await manifestOf(await content()));
      else candidates.push({ name: entry.name, size: entry.size, content });
    }
  } else if (/\.json$/i.test(file.name)) given.push(await manifestOf(file));
  else candidates.push({ name: file.name, size: file.size, content: async () => file });
}

async function manifestOf(content: Blob): Promise<Manifest> {
  if (content.size > MAX_MANIFEST_BYTES) throw new BadManifest();
  return parseManifest(await content.text(), await sha256(content));
}

/** Do something with a file; what is wrong with it is told with its name. */
async function named<Result>(file: File, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BadZip) throw new Uncheckable(error.code, file.name);
    if (error instanceof BadManifest) throw new Uncheckable('bad-manifest', file.name);
    // A file that was moved or changed since it was dropped.
    if (error instanceof DOMException) throw new Uncheckable('unreadable', file.name);
    throw error;
  }
}
