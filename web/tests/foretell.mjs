// Tells which frames preflight foresees: reads `[{file, recipes}]` as JSON from standard input, and
// writes for each file and recipe the times of the frames, as exact fractions.
import { openAsBlob } from 'node:fs';
import { text } from 'node:stream/consumers';
import { createServer } from 'vite';

const asked = JSON.parse(await text(process.stdin));
const vite = await createServer({
  root: new URL('..', import.meta.url).pathname,
  server: { middlewareMode: true, ws: false },
  appType: 'custom',
  logLevel: 'error',
});
const { openFile } = await vite.ssrLoadModule('/app/preflight/index-of-file.ts');
const { Nothing, timeOf, wantedFrames } = await vite.ssrLoadModule('/app/preflight/sampling.ts');

function foretell(scan, recipe) {
  try {
    return wantedFrames(scan, recipe).positions.map((position) => String(timeOf(scan, position)));
  } catch (error) {
    if (error instanceof Nothing) return [];
    throw error;
  }
}

const told = [];
for (const { file, recipes } of asked) {
  const opened = await openFile(await openAsBlob(file));
  told.push(opened && recipes.map((recipe) => foretell(opened.scan, recipe)));
}
await vite.close();
process.stdout.write(JSON.stringify(told));
