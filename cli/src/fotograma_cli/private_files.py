"""Files that only their owner can read, replaced as a whole."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from fotograma_cli.errors import FileTrouble


def make_private_folder(folder: Path) -> None:
    """The folder, closed to others. Raises `OSError`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix" and folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def replace_private(file: Path, text: str) -> None:
    """Replace a file: a reader sees the old one or the new one, whole. Raises `FileTrouble`."""
    try:
        make_private_folder(file.parent)
        # mkstemp makes files of mode 600.
        descriptor, temporary = tempfile.mkstemp(prefix=f".{file.stem}-", dir=file.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
                opened.write(text)
                opened.flush()
                os.fsync(opened.fileno())
            Path(temporary).replace(file)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        raise FileTrouble(f"Cannot write {file}: {error.strerror}.") from error
