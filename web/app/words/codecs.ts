/** Codecs as people know them, by their names in browsers and in FFmpeg. */
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
