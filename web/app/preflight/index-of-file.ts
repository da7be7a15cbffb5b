/** Reads the index of a video file: its facts, and when each frame is shown. */
import {
  BlobSource,
  CustomSource,
  type EncodedPacket,
  EncodedPacketSink,
  Input,
  type InputVideoTrack,
  MATROSKA,
  MP4,
  MPEG_TS,
  QTFF,
  type Source,
  WEBM,
} from 'mediabunny';
import { Fraction } from './fraction';
import type { Facts, RemoteFile, VideoFile } from './messages';
import type { Scan } from './sampling';

export interface OpenFile {
  facts: Facts;
  track: InputVideoTrack;
  scan: Scan;
}

/** Files of kinds without an index are read whole up to this size, and their head beyond it. */
const WHOLE_BYTES = 500_000_000;
/** The same of what comes over the network. */
const WHOLE_REMOTE_BYTES = 64_000_000;
const HEAD_SECONDS = 30;
const FORMATS = [MP4, QTFF, MATROSKA, WEBM, MPEG_TS];

/** Open a file. Null where the browser finds no video in it. */
export async function openFile(file: VideoFile): Promise<OpenFile | null> {
  const isHere = file instanceof Blob;
  const source = isHere ? new BlobSource(file) : remoteSource(file);
  const input = new Input({ source, formats: FORMATS });
  const track = await input.getPrimaryVideoTrack();
  if (track === null) return null;
  const format = await input.getFormat();
  const hasIndex = format === MP4 || format === QTFF;
  const isWhole = hasIndex || file.size <= (isHere ? WHOLE_BYTES : WHOLE_REMOTE_BYTES);
  const frames = await readFrames(track, isWhole ? null : HEAD_SECONDS);
  if (frames.length === 0) return null;
  const starts = await Promise.all(
    (await input.getTracks()).map((each) => each.getFirstTimestamp()),
  );
  const fileStart = Math.max(0, Math.min(...starts));
  const resolution = await track.getTimeResolution();
  const scan = isWhole
    ? scanOf(frames, resolution, fileStart)
    : extrapolated(frames, resolution, fileStart, await track.computeDuration());
  return { facts: await factsOf(track, format.name, scan, isWhole), track, scan };
}

/** By ranges. The size is known: what the answer says of it, a page of another origin may not read. */
function remoteSource({ address, size }: RemoteFile): Source {
  const read = async (begin: number, end: number) => {
    const answer = await fetch(address, { headers: { Range: `bytes=${begin}-${end - 1}` } });
    if (answer.status !== 206) throw new Error(`range refused: ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  };
  return new CustomSource({ getSize: () => size, read, prefetchProfile: 'network' });
}

type Frame = Pick<EncodedPacket, 'timestamp' | 'duration' | 'type'>;

async function readFrames(track: InputVideoTrack, until: number | null): Promise<Frame[]> {
  const frames: Frame[] = [];
  const sink = new EncodedPacketSink(track);
  for await (const packet of sink.packets(undefined, undefined, { metadataOnly: true })) {
    if (packet.timestamp < 0) continue;
    if (until !== null && packet.timestamp > until) break;
    frames.push({ timestamp: packet.timestamp, duration: packet.duration, type: packet.type });
  }
  return frames.sort((a, b) => a.timestamp - b.timestamp);
}

function scanOf(frames: readonly Frame[], resolution: number, fileStart: number): Scan {
  const tick = (seconds: number) => Math.round(seconds * resolution);
  const distinct = frames.filter(
    (frame, index) => tick(frame.timestamp) !== tick(frames[index - 1]?.timestamp ?? -1),
  );
  const last = distinct.at(-1) as Frame;
  const first = tick(distinct[0]?.timestamp ?? 0);
  return {
    timeBase: Fraction.of(1n, BigInt(Math.round(resolution))),
    timestamps: distinct.map((frame) => tick(frame.timestamp)),
    isKeyframe: distinct.map((frame) => frame.type === 'key'),
    end: tick(last.timestamp + last.duration),
    videoStart: Fraction.of(
      BigInt(Math.max(0, first - tick(fileStart))),
      BigInt(Math.round(resolution)),
    ),
  };
}

/** The head's rhythm, repeated to the end. */
function extrapolated(
  head: readonly Frame[],
  resolution: number,
  fileStart: number,
  duration: number,
): Scan {
  const start = head[0]?.timestamp ?? 0;
  const length = (head.at(-1)?.timestamp ?? 0) + (head.at(-1)?.duration ?? 0) - start;
  const frames: Frame[] = [];
  for (let shift = 0; start + shift < duration && length > 0; shift += length) {
    for (const frame of head) {
      const timestamp = frame.timestamp + shift;
      if (timestamp < duration) frames.push({ ...frame, timestamp });
    }
  }
  return scanOf(frames, resolution, fileStart);
}

async function factsOf(
  track: InputVideoTrack,
  container: string,
  scan: Scan,
  isWhole: boolean,
): Promise<Facts> {
  const { timestamps, timeBase } = scan;
  const seconds = (ticks: number) => ticks * timeBase.toNumber();
  const steps = timestamps.slice(1).map((timestamp, index) => timestamp - (timestamps[index] ?? 0));
  const [shortest, longest] = steps.reduce(
    ([low, high], step) => [Math.min(low, step), Math.max(high, step)],
    [Number.POSITIVE_INFINITY, 0],
  );
  return {
    container,
    codec: await track.getCodec(),
    width: await track.getDisplayWidth(),
    height: await track.getDisplayHeight(),
    rotation: await track.getRotation(),
    duration: seconds(scan.end - (timestamps[0] ?? 0)),
    videoStart: scan.videoStart.toNumber(),
    frames: isWhole ? timestamps.length : null,
    isRateVarying: longest - shortest > Math.max(1, shortest / 4),
    canPreview: await track.canDecode(),
  };
}
