// Checks files as the page does: reads lists of paths as JSON from standard input, and writes for each
// list what is found, or the code of the problem.
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { text } from 'node:stream/consumers';
import { createServer } from 'vite';

const asked = JSON.parse(await text(process.stdin));
const vite = await createServer({
  root: new URL('..', import.meta.url).pathname,
  server: { middlewareMode: true, ws: false },
  appType: 'custom',
  logLevel: 'error',
});
const { checkFiles, Uncheckable } = await vite.ssrLoadModule('/app/check/check-files.ts');

/** A file of the disk, as browsers have them: Node's own are of 4 GiB at most. */
class FileOnDisk {
  constructor(path, begin = 0, end = statSync(path).size) {
    Object.assign(this, { path, begin, size: end - begin, name: basename(path) });
  }

  slice(begin, end) {
    return new FileOnDisk(this.path, this.begin + begin, this.begin + Math.min(end, this.size));
  }

  async arrayBuffer() {
    const bytes = Buffer.alloc(this.size);
    const file = openSync(this.path);
    readSync(file, bytes, 0, this.size, this.begin);
    closeSync(file);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + this.size);
  }

  async text() {
    return Buffer.from(await this.arrayBuffer()).toString();
  }
}

async function checked(paths) {
  try {
    return await checkFiles(
      paths.map((path) => new FileOnDisk(path)),
      () => {},
    );
  } catch (error) {
    if (error instanceof Uncheckable) return { problem: error.code };
    throw error;
  }
}

const told = [];
for (const paths of asked) told.push(await checked(paths));
await vite.close();
process.stdout.write(JSON.stringify(told));
