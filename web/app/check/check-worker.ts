/** Checks files beside the page, which stays quick meanwhile; who ends the worker ends the check. */
import { checkFiles, Uncheckable } from './check-files';
import type { Reply } from './messages';

const TELL_MS = 100;

addEventListener('message', ({ data }: MessageEvent<File[]>) => void check(data));

async function check(files: readonly File[]): Promise<void> {
  let toldAt = 0;
  const tell = (done: number, total: number) => {
    const now = performance.now();
    if (now - toldAt < TELL_MS) return;
    toldAt = now;
    reply({ kind: 'progress', done, total });
  };
  try {
    reply({ kind: 'checked', checked: await checkFiles(files, tell) });
  } catch (error) {
    const { code, file } = error instanceof Uncheckable ? error : new Uncheckable('unreadable');
    reply({ kind: 'problem', code, file });
  }
}

function reply(message: Reply): void {
  postMessage(message);
}
