"""A file to upload, read while it is sent; a change meanwhile is an error."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from fotograma_cli.api.connection import Json
from fotograma_cli.errors import CommandError, FileTrouble, LimitReached, NotFound
from fotograma_cli.units import counted, format_bytes

CHUNK_BYTES = 256 * 1024


class FileChanged(FileTrouble):
    """The file has changed since its upload began."""

    code = "file_changed"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to upload, with its size and time at the beginning."""

    path: Path
    size: int
    modified_ns: int

    @classmethod
    def at(cls, path: Path) -> Self:
        """Raises `NotFound` or `FileTrouble`."""
        try:
            if not path.is_file():
                raise _no_file(path)
            return cls._seen(path, path.stat())
        except OSError as error:
            raise FileTrouble(f"Cannot read {path}: {error.strerror}.") from error

    @classmethod
    def _seen(cls, path: Path, status: os.stat_result) -> Self:
        return cls(path, status.st_size, status.st_mtime_ns)

    @property
    def name(self) -> str:
        """The file's name as text, whatever bytes the file system has for it."""
        return self.path.name.encode("utf-8", "replace").decode()

    def read(self, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """So many bytes from `start`, or all that follow.

        Raises `FileChanged` when the file is not the one that was looked at.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                yield from self._chunks(file, self.size - start if length is None else length)
                self._check(os.fstat(file.fileno()))
        except OSError as error:
            raise FileTrouble(f"Cannot read {self.path}: {error.strerror}.") from error

    def check(self) -> None:
        """Raises `FileChanged` when there is another file now, or another content."""
        try:
            self._check(self.path.stat())
        except OSError as error:
            raise FileTrouble(f"Cannot read {self.path}: {error.strerror}.") from error

    def _check(self, status: os.stat_result) -> None:
        if self._seen(self.path, status) != self:
            raise self._changed()

    def _chunks(self, file: BinaryIO, left: int) -> Iterator[bytes]:
        while left:
            chunk = file.read(min(CHUNK_BYTES, left))
            if not chunk:
                raise self._changed()
            left -= len(chunk)
            yield chunk

    def _changed(self) -> FileChanged:
        return FileChanged(f"{self.path} changed while it was being uploaded.")


def check_limits(limits: Json, source: SourceFile) -> None:
    """Raise `LimitReached` for what the server would refuse, before it is sent."""
    usage = limits["usage"]
    if source.size == 0:
        raise FileTrouble(f"{source.path} is empty.", code="empty_file")
    if source.size > limits["max_upload_bytes"]:
        raise LimitReached(
            f"{source.path.name} has {format_bytes(source.size)}; "
            f"a video may have at most {format_bytes(limits['max_upload_bytes'])}.",
            code="file_too_large",
        )
    if usage["storage_bytes"] + source.size > limits["max_storage_bytes"]:
        raise LimitReached(
            f"{source.path.name} has {format_bytes(source.size)}; you have "
            f"{format_bytes(usage['storage_bytes'])} of {format_bytes(limits['max_storage_bytes'])}"
            " already. Delete videos to make room."
        )
    if usage["videos"] >= limits["max_videos"]:
        videos = counted(usage["videos"], "video")
        raise LimitReached(f"You have {videos}, the most allowed. Delete some to make room.")


def _no_file(path: Path) -> CommandError:
    if path.is_dir():
        return FileTrouble(f"{path} is a folder.")
    return NotFound(f"There is no file {path}.", code="file_not_found")
