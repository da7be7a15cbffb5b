/** The times of frames, as people and programs take them. */
import type { Frame } from '../frames/frame-list';
import { frameAt, type Rate, timecode } from './timecode';

/** What is listed: of which video, and at which rate programs that edit it count. */
export interface Listed {
  name: string;
  rate: Rate;
  frames: readonly Frame[];
}

/** `0:00:02.500000` */
export function exactTime({ timeUs }: Frame): string {
  const seconds = Math.floor(timeUs / 1e6);
  const two = (value: number) => String(value).padStart(2, '0');
  const fraction = String(timeUs % 1e6).padStart(6, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours}:${two(minutes)}:${two(seconds % 60)}.${fraction}`;
}

/** One a line. */
export function plainTimes({ frames }: Listed): string {
  return frames.map((frame) => `${exactTime(frame)}\n`).join('');
}

/** A table (RFC 4180), with what identifies each frame. */
export function csvTimes({ frames }: Listed): string {
  const lines = frames.map((frame) => {
    const seconds = (frame.timeUs / 1e6).toFixed(6);
    return [frame.position + 1, seconds, frame.name, frame.bytes, frame.sha256].join(',');
  });
  return ['frame,seconds,name,bytes,sha256', ...lines, ''].join('\r\n');
}

/** An edit decision list (CMX 3600): each frame is an event, one frame long, and a locator. */
export function edl({ name, rate, frames }: Listed): string {
  const events = frames.map((frame, index) => {
    const source = frameAt(frame.timeUs / 1e6, rate);
    return [
      event(index, source, index, rate),
      `* FROM CLIP NAME: ${oneLine(name)}`,
      `* LOC: ${timecode(source, rate)} CYAN    ${frame.name}`,
    ].join('\n');
  });
  return head(name) + events.map((each) => `${each}\n`).join('');
}

/** Where timelines begin unless somebody has said otherwise. */
const FIRST_HOUR = 3600;

/** Markers as DaVinci Resolve takes them, for a timeline that begins at 01:00:00:00. */
export function resolveMarkers({ name, rate, frames }: Listed): string {
  const markers = frames.map((frame, index) => {
    const at = FIRST_HOUR * rate.base + frameAt(frame.timeUs / 1e6, rate);
    return `${event(index, at, at, rate)}\n |C:ResolveColorCyan |M:${frame.name} |D:1\n`;
  });
  return `${head(name)}\n${markers.join('\n')}`;
}

function head(name: string): string {
  return `TITLE: ${oneLine(name)}\nFCM: NON-DROP FRAME\n\n`;
}

/** `001  AX       V     C        00:00:02:12 00:00:02:13 00:00:00:00 00:00:00:01` */
function event(index: number, source: number, record: number, rate: Rate): string {
  const number = String(index + 1).padStart(3, '0');
  const times = [source, source + 1, record, record + 1].map((each) => timecode(each, rate));
  return `${number}  AX       V     C        ${times.join(' ')}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** Markers of a sequence as Premiere Pro takes them: the XML of Final Cut Pro 7. */
export function premiereMarkers({ name, rate, frames }: Listed): string {
  const last = frames.at(-1);
  const length = last === undefined ? 1 : frameAt(last.timeUs / 1e6, rate) + 1;
  const markers = frames.map((frame) => {
    const at = frameAt(frame.timeUs / 1e6, rate);
    return `    <marker>
      <name>${escaped(frame.name)}</name>
      <comment>${exactTime(frame)}</comment>
      <in>${at}</in>
      <out>-1</out>
    </marker>
`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE xmeml>
<xmeml version="4">
  <sequence>
    <name>${escaped(oneLine(name))}</name>
    <duration>${length}</duration>
    <rate>
      <timebase>${rate.base}</timebase>
      <ntsc>${rate.isNtsc ? 'TRUE' : 'FALSE'}</ntsc>
    </rate>
    <media>
      <video>
        <track/>
      </video>
    </media>
${markers.join('')}  </sequence>
</xmeml>
`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no words for them
  const possible = text.replaceAll(/[\u0000-\u001f\ufffe\uffff]/g, '').toWellFormed();
  return possible.replaceAll(/[&<>]/g, (character) => ENTITIES[character] ?? '');
}
