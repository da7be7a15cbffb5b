"""Sending a video through the API: a multipart form that is read while it travels.

For what has no known size, which is standard input, and for where the object storage itself
cannot be reached. It is sent as a whole each time; what breaks off begins anew.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from urllib.parse import quote
from uuid import uuid4

from fotograma_cli.api.client import Client
from fotograma_cli.api.connection import Json
from fotograma_cli.api.retries import is_transient
from fotograma_cli.errors import CommandError, FileTrouble, Refused
from fotograma_cli.units import is_plain
from fotograma_cli.upload.source import CHUNK_BYTES, SourceFile

IN_FLIGHT_SECONDS = 90.0
"""After a broken connection the server needs up to a minute to notice, and to free the key."""
IN_FLIGHT_INTERVAL = 2.0

OnSent = Callable[[int], None]
"""Called with the bytes of the file sent so far; less than before on another attempt."""


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A multipart/form-data body (RFC 7578) with a file, and what is wanted of it.

    That goes first, so that a bad recipe is refused before the file travels.
    """

    name: str
    recipe: str | None
    keep_days: int | None = None
    boundary: str = field(default_factory=lambda: f"fotograma-{secrets.token_hex(16)}")

    def headers(self, file_bytes: int | None) -> dict[str, str]:
        """What the request says of its body; without a size it is sent in chunks."""
        headers = {"Content-Type": f"multipart/form-data; boundary={self.boundary}"}
        if file_bytes is not None:
            length = len(self._head()) + file_bytes + len(self._tail())
            headers["Content-Length"] = str(length)
        return headers

    def content(self, file: Iterator[bytes], on_sent: OnSent) -> Iterator[bytes]:
        """The body, read from the file as it is asked for."""
        yield self._head()
        sent = 0
        on_sent(sent)
        for chunk in file:
            yield chunk
            sent += len(chunk)
            on_sent(sent)
        yield self._tail()

    def _head(self) -> bytes:
        head = ""
        if self.recipe is not None:
            head += self._field("recipe", "application/json", self.recipe)
        if self.keep_days is not None:
            head += self._field("retention_days", "text/plain", str(self.keep_days))
        return (
            f"{head}--{self.boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; {_file_name(self.name)}\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()

    def _field(self, name: str, media_type: str, value: str) -> str:
        return (
            f"--{self.boundary}\r\n"
            f'Content-Disposition: form-data; name="{name}"\r\n'
            f"Content-Type: {media_type}\r\n\r\n"
            f"{value}\r\n"
        )

    def _tail(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode()


def send_file(client: Client, source: SourceFile, form: UploadForm, on_sent: OnSent) -> Json:
    """Upload one file; returns the video.

    All attempts carry one Idempotency-Key: one whose answer was lost makes no second video.
    """
    headers = {**form.headers(source.size), "Idempotency-Key": uuid4().hex}
    attempt = 0
    patience = IN_FLIGHT_SECONDS
    while True:
        try:
            return client.post_stream(
                "/video", lambda: form.content(source.read(), on_sent), headers
            )
        except CommandError as error:
            if _still_in_flight(error) and attempt > 0 and patience > 0:
                patience -= IN_FLIGHT_INTERVAL
                client.retries.sleep(IN_FLIGHT_INTERVAL)
                continue
            attempt += 1
            if not is_transient(error) or not client.retries.wait(attempt, error):
                raise


def send_stream(client: Client, stream: BinaryIO, form: UploadForm, on_sent: OnSent) -> Json:
    """Upload what a stream gives, up to its end; returns the video. It can be read only once."""
    content = _once(form.content(_chunks(stream), on_sent))
    return client.post_stream("/video", content, form.headers(None))


def _once(content: Iterator[bytes]) -> Callable[[], Iterator[bytes]]:
    left = [content]

    def take() -> Iterator[bytes]:
        if not left:
            raise FileTrouble("Standard input cannot be read a second time.")
        return left.pop()

    return take


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    try:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk
    except OSError as error:
        raise FileTrouble(f"Cannot read standard input: {error.strerror}.") from error


def _still_in_flight(error: CommandError) -> bool:
    return isinstance(error, Refused) and error.code == "idempotency_key_in_flight"


def _file_name(name: str) -> str:
    """The header's parameter that names the file.

    A name that has what browsers write for quotes and line ends goes by RFC 8187, where a server
    does not undo that.
    """
    if any(written in name for written in ("%22", "%0D", "%0A")):
        return f"filename*=UTF-8''{quote(name, safe='')}"
    return f'filename="{_quoted(name)}"'


def _quoted(name: str) -> str:
    """A file name inside the header's quotes, without what would end them."""
    return "".join("_" if c in '"\\' or not is_plain(c) else c for c in name)
