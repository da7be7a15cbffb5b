/** Files that the user drops or chooses, with a handle to read them again where the browser gives one. */
import type { Dropped } from '../upload/uploads';

interface PickerWindow {
  showOpenFilePicker?: (options: {
    multiple: boolean;
    types: { description: string; accept: Record<string, string[]> }[];
  }) => Promise<FileSystemFileHandle[]>;
}

interface HandleItem {
  getAsFileSystemHandle?: () => Promise<FileSystemHandle | null>;
}

const EXTENSIONS = [
  '.mp4 .mov .m4v .3gp .mkv .webm .avi .ts .m2ts .mts .mpg .mpeg .vob .flv .ogv .wmv .asf',
  '.mxf .gxf .dv .ivf .y4m .h264 .h265 .hevc .m2v',
]
  .join(' ')
  .split(' ');

/** What an input for files accepts. */
export const ACCEPT = ['video/*', ...EXTENSIONS].join(',');

/** Ask for files. Null where the browser has no picker that gives handles. */
export async function pickFiles(multiple: boolean): Promise<Dropped[] | null> {
  const picker = (window as PickerWindow).showOpenFilePicker;
  if (picker === undefined) return null;
  const types = [{ description: 'Video', accept: { 'video/*': EXTENSIONS } }];
  try {
    const handles = await picker({ multiple, types });
    return Promise.all(handles.map(async (handle) => ({ file: await handle.getFile(), handle })));
  } catch {
    return []; // The user has chosen none.
  }
}

/** The files of an input, which has no handles. */
export function chosenFiles(input: HTMLInputElement): Dropped[] {
  const files = [...(input.files ?? [])].map((file) => ({ file, handle: null }));
  input.value = '';
  return files;
}

/** The files of a drop. What the transfer holds must be asked for before anything is waited for. */
export async function droppedFiles(transfer: DataTransfer): Promise<Dropped[]> {
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const asked = items.map((item) => ({
    file: item.getAsFile(),
    handle: (item as HandleItem).getAsFileSystemHandle?.().catch(() => null),
  }));
  const dropped: Dropped[] = [];
  for (const { file, handle } of asked) {
    const found = (await handle) ?? null;
    if (found?.kind === 'directory' || file === null) continue;
    dropped.push({ file, handle: found as FileSystemFileHandle | null });
  }
  return dropped;
}
