/** Videos for tests, made once a run. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'fotograma-clips-'));

/** A clip by FFmpeg's test source, with what is asked for in its name. */
export function clip(
  name: string,
  options: string[] = [],
  source = 'testsrc2=s=320x180:r=24:d=6',
): string {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  const input = ['-f', 'lavfi', '-i', source];
  const encoder = options.includes('-c:v') ? [] : ['-c:v', 'libx264', '-g', '24'];
  execFileSync('ffmpeg', [
    '-v',
    'error',
    '-y',
    ...input,
    ...encoder,
    '-pix_fmt',
    'yuv420p',
    ...options,
    path,
  ]);
  return path;
}

/** A clip that is padded to a size, so that it has several parts. */
export function largeClip(name: string, bytes: number): string {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  copyFileSync(clip('small.mp4'), path);
  const box = Buffer.alloc(bytes);
  box.writeUInt32BE(bytes, 0);
  box.write('free', 4, 'latin1');
  appendFileSync(path, box);
  return path;
}

/** Another file under a name that is taken. */
export function inOtherFolder(name: string, source: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'fotograma-clips-')), name);
  copyFileSync(source, path);
  return path;
}

/** A new folder beside a file. */
export function folderOf(path: string): string {
  return mkdtempSync(join(dirname(path), 'folder-'));
}
