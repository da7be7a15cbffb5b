"""Notes of uploads in progress, by which they are resumed after an interruption.

One file for each, readable by its owner only. It is written before the server is asked for the
upload, together with the request's Idempotency-Key: even a command that was killed between the
server's deed and its answer finds its upload again.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from filelock import FileLock, Timeout

from fotograma_cli.api.connection import Json
from fotograma_cli.errors import CommandError, FileTrouble
from fotograma_cli.private_files import make_private_folder, replace_private
from fotograma_cli.upload.source import SourceFile


class UploadRunning(CommandError):
    """Another command is uploading the same file."""

    code = "upload_running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """An upload that was begun. The file is the same one while size and time are."""

    server: str
    account: str | None
    """The e-mail address of the session; None with an API key."""
    path: str
    size: int
    modified_ns: int
    name: str
    """The video's."""
    recipe: Json | None
    idempotency_key: str
    began_at: float
    """Seconds since the epoch."""
    keep_days: int | None = None
    """After how many days the server is to delete the video, if not as usual."""
    upload_id: str | None = None
    """None until the server has answered."""

    @classmethod
    def begin(cls, source: SourceFile, **wanted: Any) -> Self:
        """An upload of a file that the server does not know yet; `wanted` are the other fields."""
        return cls(
            path=str(source.path.resolve()),
            size=source.size,
            modified_ns=source.modified_ns,
            idempotency_key=uuid4().hex,
            **wanted,
        )

    @property
    def identity(self) -> str:
        """A key that is equal for all commands that may resume the upload."""
        parts = (self.server, self.account, self.path, self.size, self.modified_ns)
        return sha256(json.dumps(parts).encode()).hexdigest()[:32]


class UnfinishedUploads:
    """The folder with these files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def held(self, identity: str) -> Iterator[None]:
        """No other command uploads the same file while the block runs. Raises `UploadRunning`.

        The lock is the kernel's: it goes with the process, however that ends.
        """
        try:
            make_private_folder(self._folder)
            lock = FileLock(self._folder / f"{identity}.lock", timeout=0, mode=0o600)
            lock.acquire()
        except Timeout as error:
            raise UploadRunning(
                "Another fotograma command is uploading this file at the moment."
            ) from error
        except OSError as error:
            raise FileTrouble(f"Cannot write in {self._folder}: {error.strerror}.") from error
        try:
            yield
        finally:
            if self.find(identity) is None:
                Path(lock.lock_file).unlink(missing_ok=True)
            lock.release()

    def find(self, identity: str) -> Unfinished | None:
        """The note of an upload; None if it cannot be read."""
        return _read(self._file(identity))

    def all(self, server: str, account: str | None) -> list[Unfinished]:
        """All of an account's at a server, the oldest first."""
        found = [_read(file) for file in self._folder.glob("*.json")]
        mine = [u for u in found if u is not None and (u.server, u.account) == (server, account)]
        return sorted(mine, key=lambda upload: upload.began_at)

    def remember(self, upload: Unfinished) -> None:
        """Store the note of an upload. Raises `FileTrouble`."""
        replace_private(self._file(upload.identity), json.dumps(asdict(upload), indent=2))

    def forget(self, identity: str) -> None:
        """Delete the note of an upload."""
        try:
            self._file(identity).unlink(missing_ok=True)
        except OSError as error:
            raise FileTrouble(f"Cannot delete {self._file(identity)}: {error.strerror}.") from error

    def _file(self, identity: str) -> Path:
        return self._folder / f"{identity}.json"


def _read(file: Path) -> Unfinished | None:
    try:
        return Unfinished(**json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None  # an upload that cannot be resumed, and that the server will give up in time
