// Writes the lists of times that the page makes: reads `[{name, framesPerSecond, frames}]` as JSON from
// standard input, and writes for each the lists by name.
import { text } from 'node:stream/consumers';
import { createServer } from 'vite';

const asked = JSON.parse(await text(process.stdin));
const vite = await createServer({
  root: new URL('..', import.meta.url).pathname,
  server: { middlewareMode: true, ws: false },
  appType: 'custom',
  logLevel: 'error',
});
const { csvTimes, edl, plainTimes, premiereMarkers, resolveMarkers } =
  await vite.ssrLoadModule('/app/times/lists.ts');
const { rateOf } = await vite.ssrLoadModule('/app/times/timecode.ts');

const written = asked.map(({ name, framesPerSecond, frames }) => {
  const listed = { name, rate: rateOf(framesPerSecond), frames };
  return {
    plain: plainTimes(listed),
    csv: csvTimes(listed),
    edl: edl(listed),
    premiere: premiereMarkers(listed),
    resolve: resolveMarkers(listed),
  };
});
await vite.close();
process.stdout.write(JSON.stringify(written));
