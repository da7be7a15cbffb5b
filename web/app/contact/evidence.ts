/** What an evidence sheet says on its first page: where the frames come from, and how they were made. */
import type { Extraction, Video } from '../api/client';
import { recipeName } from '../video/recipe-name';
import { bytes, clock, moment, number, t } from '../words';
import { codecName } from '../words/codecs';
import type { Manifest } from './manifest';

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
    [t('evidence.source'), manifest?.source.name ?? video.name],
    [
      t('evidence.size'),
      t('evidence.bytes', { size: bytes(video.size_bytes), n: number(video.size_bytes) }),
    ],
    ['SHA-256', video.sha256],
    ['CRC-64/NVME', manifest?.source.crc64nvme],
    [t('evidence.uploaded'), moment(video.created_at)],
    [
      t('evidence.video'),
      source &&
        [
          source.container,
          codecName(source.codec),
          `${source.width}×${source.height}`,
          clock(source.duration_seconds, 3),
        ].join(' · '),
    ],
    [t('evidence.recipe'), recipeName(extraction.recipe)],
    [t('evidence.exactRecipe'), JSON.stringify(extraction.recipe)],
    [t('evidence.extracted'), extraction.finished_at && moment(extraction.finished_at)],
    [t('evidence.engine'), manifest?.engines.map(engineLine).join('; ')],
    [
      t('evidence.frames'),
      t('evidence.framesOf', { n: number(chosen), total: number(extraction.frames ?? 0) }),
    ],
    [t('evidence.extraction'), `${video.id} / ${extraction.id}`],
    [t('evidence.made'), `${moment(madeAt.toISOString())} (${madeAt.toISOString()})`],
  ];
  return facts.flatMap(([label, value]) => (value ? [[label, value] as const] : []));
}

function engineLine(versions: Record<string, string>): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}
