/** Codecs and containers as people know them, by their names in browsers and in FFmpeg. */
const NAMES: Readonly<Record<string, string>> = {
  avc: 'H.264',
  h264: 'H.264',
  hevc: 'HEVC',
  prores: 'ProRes',
  mpeg4: 'MPEG-4',
  mpeg2video: 'MPEG-2',
  mjpeg: 'Motion JPEG',
};

export function codecName(codec: string): string {
  return NAMES[codec] ?? codec.toUpperCase();
}

const CONTAINERS: Readonly<Record<string, string>> = {
  asf: 'WMV',
  matroska: 'MKV',
  mpegts: 'TS',
};

/** Of all containers that FFmpeg reads alike, the one that the file says it is. */
export function containerName(names: string, file: string): string {
  const all = names.split(',');
  const ending = file.toLowerCase().split('.').at(-1) ?? '';
  const name = all.includes(ending) ? ending : (all[0] ?? '');
  return CONTAINERS[name] ?? name.toUpperCase();
}
