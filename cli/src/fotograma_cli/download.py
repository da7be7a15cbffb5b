"""Fetching an archive: into a `.part` file beside its place, and whole or not at all."""

import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO

import httpx

from fotograma_cli.api.client import Client
from fotograma_cli.errors import CommandError, FileTrouble, ServerUnavailable
from fotograma_cli.units import is_plain

_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")

OnReceived = Callable[[int, int | None], None]
"""Called with the bytes received so far and, once known, the total."""


def archive_name(video_name: str) -> str:
    """`<name>.zip`: a plain file name, whatever the video is called."""
    last = PurePosixPath(PureWindowsPath(video_name).name).name
    stem = PurePosixPath(last).stem.strip(". ")
    plain = "".join("_" if c in '<>:"|?*' or not is_plain(c) else c for c in stem)
    # 255 bytes is what file systems allow; the part file's suffix needs some of them.
    return f"{plain.encode()[:200].decode(errors='ignore') or 'video'}.zip"


def target_path(output: Path | None, video_name: str) -> Path:
    """Where an archive goes: `output` is a folder, a file's path, or None for this folder."""
    if output is None:
        return Path(archive_name(video_name))
    return output / archive_name(video_name) if output.is_dir() else output


def check_free(target: Path, *, force: bool) -> None:
    """Raises `FileTrouble` when there is a file already that must not be overwritten."""
    if target.is_dir():
        raise FileTrouble(f"{target} is a folder.")
    if not force and (target.exists() or target.is_symlink()):
        raise FileTrouble(f"{target} exists. Use --force to overwrite it.", code="file_exists")


def make_folder(folder: Path) -> None:
    """The folder and those above it. Raises `FileTrouble`."""
    with _file_trouble(folder):
        folder.mkdir(parents=True, exist_ok=True)


def download(
    client: Client,
    address: Callable[[], str],
    target: Path,
    on_received: OnReceived,
    *,
    expected_bytes: int | None,
    force: bool,
) -> int:
    """Fetch an archive from an address to `target`; returns its size in bytes.

    A broken connection is resumed where it broke, at a new address, as long as bytes arrive.
    """
    check_free(target, force=force)
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        with _file_trouble(part):
            with part.open("xb") as file:
                transfer = _Transfer(client, file, on_received, expected_bytes)
                transfer.run(address)
                file.flush()
                os.fsync(file.fileno())
            _publish(part, target, force=force)
    finally:
        with suppress(OSError):
            part.unlink()
    return transfer.received


class _Transfer:
    """One archive on its way into a file."""

    def __init__(
        self,
        client: Client,
        file: BinaryIO,
        on_received: OnReceived,
        expected_bytes: int | None,
    ) -> None:
        self._client = client
        self._file = file
        self._on_received = on_received
        self._expected_bytes = expected_bytes
        self._etag: str | None = None
        self.received = 0

    def run(self, address: Callable[[], str]) -> None:
        attempt = 0
        while True:
            before = self.received
            # Asked for at each attempt: the last one may have expired meanwhile.
            url = address()
            try:
                self._fetch(url)
            except ServerUnavailable as error:
                attempt = 1 if self.received > before else attempt + 1
                if not self._client.retries.wait(attempt, error):
                    raise
            else:
                return

    def _fetch(self, url: str) -> None:
        headers = {"Accept-Encoding": "identity"}
        if self.received and self._etag is not None:
            headers |= {"Range": f"bytes={self.received}-", "If-Range": self._etag}
        with self._client.fetch(url, headers) as response:
            total = self._begin(response)
            self._on_received(self.received, total)
            # Pieces as they come: collecting them to a size would lose some when it breaks.
            for chunk in response.iter_raw():
                self._file.write(chunk)
                self.received += len(chunk)
                self._on_received(self.received, total)
        self._check(total)

    def _begin(self, response: httpx.Response) -> int | None:
        """Put the file where the answer's first byte belongs; returns the archive's size."""
        if response.status_code == 206:
            found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if found is not None and int(found[1]) == self.received:
                return int(found[2])
        self._start_over()
        if response.status_code != 200:
            raise ServerUnavailable(
                f"The archive's storage answered {response.status_code}.", code="storage_refused"
            )
        etag = response.headers.get("ETag")
        # A weak tag (RFC 9110, 8.8.1) does not promise the same bytes.
        self._etag = None if etag is None or etag.startswith("W/") else etag
        length = response.headers.get("Content-Length", "")
        return int(length) if length.isdecimal() else self._expected_bytes

    def _start_over(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self.received = 0

    def _check(self, total: int | None) -> None:
        for said in (total, self._expected_bytes):
            if said is not None and said != self.received:
                raise CommandError(
                    f"The archive should have {said} bytes, but {self.received} arrived.",
                    code="incomplete_download",
                )


def _publish(part: Path, target: Path, *, force: bool) -> None:
    """Give the finished file its name."""
    if force:
        part.replace(target)
        return
    try:
        os.link(part, target)  # unlike a rename it fails where there is a file already
    except FileExistsError:
        check_free(target, force=False)
        raise
    except OSError:  # no hard links on this file system
        check_free(target, force=False)
        part.rename(target)


@contextmanager
def _file_trouble(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileTrouble(f"Cannot write {path}: {error.strerror}.") from error
