// Writes the notices of what others wrote in the built page, from the packages that are installed.
import { readdir, readFile, writeFile } from 'node:fs/promises';

const root = new URL('../', import.meta.url);
const target = process.argv[2] ?? new URL('app/help/notices.json', root).pathname;

/** What the build puts in by itself: the lines that load a part of the page when it is opened. */
const OF_THE_BUILD = ['vite', 'rolldown'];
/** Types leave nothing in what is built. */
const TYPES_ONLY = /^(@types\/|openapi-typescript-helpers$)/;

const { packages } = JSON.parse(await readFile(new URL('package-lock.json', root), 'utf8'));
const bundled = Object.entries(packages)
  .filter(([path, { dev }]) => path !== '' && !dev)
  .map(([path]) => path.replace(/^.*node_modules\//, ''))
  .filter((name) => !TYPES_ONLY.test(name));
const notices = await Promise.all([...bundled, ...OF_THE_BUILD].toSorted().map(noticeOf));
await writeFile(target, `${JSON.stringify(notices, null, 2)}\n`);

async function noticeOf(name) {
  const folder = new URL(`node_modules/${name}/`, root);
  const { version, license, repository } = JSON.parse(
    await readFile(new URL('package.json', folder), 'utf8'),
  );
  const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) throw new Error(`${name} has no license`);
  const text = await readFile(new URL(file, folder), 'utf8');
  return { name, version, license, source: addressOf(repository), text: ownPart(text).trim() };
}

/** Without the licenses of what a tool itself was made of: nothing of that is in the page. */
function ownPart(text) {
  return text.split(/^# Licenses of bundled dependencies/m, 1)[0];
}

function addressOf(repository) {
  return (repository.url ?? repository)
    .replace(/^git\+/, '')
    .replace(/^ssh:\/\/git@/, 'https://')
    .replace(/\.git$/, '');
}
