/** What an evidence sheet says on its first page: where the frames come from, and how they were made. */
import type { Extraction, Video } from '../api/client';
import { recipeName } from '../video/recipe-name';
import { bytes, clock, moment, number } from '../words';
import { codecName } from '../words/codecs';
import type { Manifest } from './manifest';
import { words } from './words';

export type Fact = readonly [label: string, value: string];

interface Evidence {
  video: Video;
  extraction: Extraction;
  manifest: Manifest | null;
  /** Frames on the sheet, of all. */
  chosen: number;
  madeAt: Date;
}

export function factsOf({ video, extraction, manifest, chosen, madeAt }: Evidence): Fact[] {
  const { source } = extraction;
  const facts: (readonly [string, string | null | undefined])[] = [
    [words('evidence.source'), manifest?.source.name ?? video.name],
    [
      words('evidence.size'),
      words('evidence.bytes', { size: bytes(video.size_bytes), n: number(video.size_bytes) }),
    ],
    ['SHA-256', video.sha256],
    ['CRC-64/NVME', manifest?.source.crc64nvme],
    [words('evidence.uploaded'), moment(video.created_at)],
    [
      words('evidence.video'),
      source &&
        [
          source.container,
          codecName(source.codec),
          `${source.width}×${source.height}`,
          clock(source.duration_seconds, 3),
        ].join(' · '),
    ],
    [words('evidence.recipe'), recipeName(extraction.recipe)],
    [words('evidence.exactRecipe'), JSON.stringify(extraction.recipe)],
    [words('evidence.extracted'), extraction.finished_at && moment(extraction.finished_at)],
    [words('evidence.engine'), manifest?.engines.map(engineLine).join('; ')],
    [
      words('evidence.frames'),
      words('evidence.framesOf', { n: number(chosen), total: number(extraction.frames ?? 0) }),
    ],
    [words('evidence.extraction'), `${video.id} / ${extraction.id}`],
    [words('evidence.made'), `${moment(madeAt.toISOString())} (${madeAt.toISOString()})`],
  ];
  return facts.flatMap(([label, value]) => (value ? [[label, value] as const] : []));
}

function engineLine(versions: Record<string, string>): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}
