"""Sending a file: a multipart form that is read from the disk while it travels."""

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self
from uuid import uuid4

from fotograma_cli.client import Client, Json
from fotograma_cli.errors import CommandError, FileTrouble, LimitReached, NotFound, Refused
from fotograma_cli.retries import is_transient
from fotograma_cli.units import format_bytes

CHUNK_BYTES = 256 * 1024
IN_FLIGHT_SECONDS = 90.0
"""After a broken connection the server needs up to a minute to notice, and to free the key."""
IN_FLIGHT_INTERVAL = 2.0

OnSent = Callable[[int], None]
"""Told how many bytes of the file have been sent so far; less than before on another try."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to upload, as it was when it was looked at."""

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

    def read(self) -> Iterator[bytes]:
        """The content. Raises `FileTrouble` when the file is not the one that was looked at."""
        try:
            with self.path.open("rb") as file:
                yield from self._chunks(file)
                if self._seen(self.path, os.fstat(file.fileno())) != self:
                    raise self._changed()
        except OSError as error:
            raise FileTrouble(f"Cannot read {self.path}: {error.strerror}.") from error

    def _chunks(self, file: BinaryIO) -> Iterator[bytes]:
        left = self.size
        while left:
            chunk = file.read(min(CHUNK_BYTES, left))
            if not chunk:
                raise self._changed()
            left -= len(chunk)
            yield chunk

    def _changed(self) -> FileTrouble:
        return FileTrouble(f"{self.path} changed while it was being uploaded.")


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A multipart/form-data body (RFC 7578) with a recipe and a file, of known length.

    The recipe goes first, so that a bad one is refused before the file travels.
    """

    source: SourceFile
    recipe: str | None
    boundary: str = field(default_factory=lambda: f"fotograma-{secrets.token_hex(16)}")

    @property
    def headers(self) -> dict[str, str]:
        """What the request says of its body."""
        length = len(self._head()) + self.source.size + len(self._tail())
        return {
            "Content-Type": f"multipart/form-data; boundary={self.boundary}",
            "Content-Length": str(length),
        }

    def content(self, on_sent: OnSent) -> Iterator[bytes]:
        """The body, read from the file as it is asked for."""
        yield self._head()
        sent = 0
        on_sent(sent)
        for chunk in self.source.read():
            yield chunk
            sent += len(chunk)
            on_sent(sent)
        yield self._tail()

    def _head(self) -> bytes:
        recipe = b""
        if self.recipe is not None:
            recipe = (
                f"--{self.boundary}\r\n"
                'Content-Disposition: form-data; name="recipe"\r\n'
                "Content-Type: application/json\r\n\r\n"
                f"{self.recipe}\r\n"
            ).encode()
        return (
            recipe
            + (
                f"--{self.boundary}\r\n"
                'Content-Disposition: form-data; name="file"; '
                f'filename="{_quoted(self.source.path)}"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n"
            ).encode()
        )

    def _tail(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode()


def upload(client: Client, source: SourceFile, recipe: str | None, on_sent: OnSent) -> Json:
    """Upload one file; returns the video.

    All tries carry one Idempotency-Key: a try whose answer was lost does not make a second video.
    """
    form = UploadForm(source, recipe)
    headers = {**form.headers, "Idempotency-Key": uuid4().hex}
    attempt = 0
    patience = IN_FLIGHT_SECONDS
    while True:
        try:
            return client.post_stream("/video", lambda: form.content(on_sent), headers)
        except CommandError as error:
            if _still_in_flight(error) and attempt > 0 and patience > 0:
                patience -= IN_FLIGHT_INTERVAL
                client.retries.sleep(IN_FLIGHT_INTERVAL)
                continue
            attempt += 1
            if not is_transient(error) or not client.retries.wait(attempt, error):
                raise


def check_limits(limits: Json, source: SourceFile) -> None:
    """Refuse at once what the server would refuse, before anything travels."""
    usage = limits["usage"]
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
        raise LimitReached(
            f"You have {usage['videos']} videos, the most allowed. Delete some to make room."
        )


def _still_in_flight(error: CommandError) -> bool:
    return isinstance(error, Refused) and error.code == "idempotency_key_in_flight"


def _quoted(path: Path) -> str:
    """A file name inside the header's quotes, without what would end them."""
    name = path.name.encode("utf-8", "replace").decode()
    return "".join("_" if c in '"\\' or not c.isprintable() else c for c in name)


def _no_file(path: Path) -> CommandError:
    if path.is_dir():
        return FileTrouble(f"{path} is a folder.")
    return NotFound(f"There is no file {path}.", code="file_not_found")
