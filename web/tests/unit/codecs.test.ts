/** Containers are called what people call them. */
import { expect, test } from 'vitest';
import { containerName } from '../../app/words/codecs';

test.each([
  ['mov,mp4,m4a,3gp,3g2,mj2', 'bunny.MP4', 'MP4'],
  ['mov,mp4,m4a,3gp,3g2,mj2', 'lecture.mov', 'MOV'],
  ['mov,mp4,m4a,3gp,3g2,mj2', 'no ending', 'MOV'],
  ['matroska,webm', 'talk.webm', 'WEBM'],
  ['matroska,webm', 'talk.mkv', 'MKV'],
  ['mpegts', 'gate.m2ts', 'TS'],
  ['avi', 'tape.avi', 'AVI'],
])('%s in %s: %s', (names, file, name) => {
  expect(containerName(names, file)).toBe(name);
});
