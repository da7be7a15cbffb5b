/** Compares files with a manifest, one after the other: a few in memory at a time, never all. */
import { sha256 } from '../sha256';
import type { Manifest, ManifestFrame } from './manifest';

/** A file that may be a frame. */
export interface Candidate {
  name: string;
  size: number;
  content: () => Promise<Blob>;
}

export const VERDICTS = ['altered', 'missing', 'added', 'renamed', 'unchanged'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Finding {
  verdict: Verdict;
  /** As the file is called, or the frame where there is no file. */
  name: string;
  /** The frame of another name that the file is. */
  frame: string | null;
  /** Seconds at which the frame is shown. */
  time: string | null;
}

export interface Comparison {
  counts: Record<Verdict, number>;
  /** The first of each verdict. */
  findings: Finding[];
}

const AT_ONCE = 4;
/** Findings of one verdict that are told; all are counted. */
export const MOST_TOLD = 500;

/** Compare files with a manifest. `tell` hears of each file's size when it is done. */
export async function compare(
  manifest: Manifest,
  candidates: readonly Candidate[],
  tell: (bytes: number) => void = () => {},
): Promise<Comparison> {
  const bySum = new Map([...manifest.frames.values()].map((frame) => [frame.sha256, frame]));
  const sizes = new Set([...manifest.frames.values()].map(({ size }) => size));
  const found = new Set<string>();
  const findings: Finding[] = new Array(candidates.length);
  let next = 0;
  const work = async () => {
    for (let index = next++; index < candidates.length; index = next++) {
      const candidate = candidates[index] as Candidate;
      const finding = await judge(candidate, manifest, bySum, sizes);
      findings[index] = finding;
      if (finding.verdict !== 'added') found.add(finding.frame ?? finding.name);
      tell(candidate.size);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const missing = [...manifest.frames.values()].filter(({ name }) => !found.has(name));
  return summed([...findings, ...missing.map(missed)]);
}

/** A file of another size than its frame is altered, whatever is in it: it is not even read. */
async function judge(
  { name, size, content }: Candidate,
  { frames }: Manifest,
  bySum: ReadonlyMap<string, ManifestFrame>,
  sizes: ReadonlySet<number>,
): Promise<Finding> {
  const named = frames.get(name);
  const sum = sizes.has(size) ? await sha256(await content()) : null;
  if (named?.sha256 === sum && named !== undefined) return finding('unchanged', name, named);
  const other = sum === null ? undefined : bySum.get(sum);
  if (other !== undefined) return { ...finding('renamed', name, other), frame: other.name };
  return named === undefined ? finding('added', name) : finding('altered', name, named);
}

function finding(verdict: Verdict, name: string, frame?: ManifestFrame): Finding {
  return { verdict, name, frame: null, time: frame?.time ?? null };
}

function missed(frame: ManifestFrame): Finding {
  return finding('missing', frame.name, frame);
}

function summed(all: readonly Finding[]): Comparison {
  const counts = Object.fromEntries(VERDICTS.map((each) => [each, 0])) as Record<Verdict, number>;
  const findings = all.filter(({ verdict }) => ++counts[verdict] <= MOST_TOLD);
  return { counts, findings };
}
