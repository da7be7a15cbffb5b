/** Finds the manifest of an archive by the archive's end, without the directory of ten thousand frames. */

const NAME = 'manifest.json';
const [CENTRAL, CENTRAL_BYTES, LOCAL_BYTES] = [0x02014b50, 46, 30];
const [END, END_BYTES, END64] = [0x06054b50, 22, 0x06064b50];
const FAR = 0xffff_ffff;

/** Where the manifest is: it is the last file, before the directory, and the last in it. */
export function manifestPlace(tail: ArrayBuffer): { begin: number; end: number } | null {
  const view = new DataView(tail);
  const name = new TextEncoder().encode(NAME);
  const end = lastOf(view, END);
  const line = lastOf(view, CENTRAL);
  if (end === null || line === null) return null;
  const isManifest = name.every(
    (byte, index) => view.getUint8(line + CENTRAL_BYTES + index) === byte,
  );
  if (!isManifest) return null;
  const end64 = lastOf(view, END64);
  const directory = view.getUint32(end + 16, true);
  const begin = view.getUint32(line + 42, true);
  return {
    // A far place stands behind the name, in a field of its own.
    begin:
      (begin === FAR ? far(view, line + CENTRAL_BYTES + name.length + 4) : begin) + LOCAL_BYTES,
    end: directory === FAR && end64 !== null ? far(view, end64 + 48) : directory,
  };
}

function far(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

/** Where a signature stands for the last time. */
function lastOf(view: DataView, signature: number): number | null {
  for (let at = view.byteLength - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) === signature) return at;
  }
  return null;
}
