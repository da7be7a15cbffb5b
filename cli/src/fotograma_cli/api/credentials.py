"""The session on this machine: which server, and the tokens for it.

It is one file in the user's configuration folder, readable by its owner only and replaced as a
whole. A refresh token is valid for one use, so a refresh holds the folder's lock: the server takes
a second use for theft, and ends the session.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout
from platformdirs import user_config_path, user_state_path

from fotograma_cli.api.http import DEFAULT_SERVER, server_address
from fotograma_cli.errors import CommandError, FileTrouble
from fotograma_cli.private_files import make_private_folder, replace_private

CONFIG_VARIABLE = "FOTOGRAMA_CONFIG_DIR"
LOCK_SECONDS = 60.0
"""Longer than a refresh can take with its retries."""


@dataclass(frozen=True, slots=True)
class Session:
    """The stored session. Without tokens it is a server address alone."""

    server: str
    ca_cert: str | None = None
    """PEM file of the authority that signed the server's certificate, unless a public one did."""
    email: str | None = None
    access_token: str | None = None
    refresh_token: str | None = None
    expires_at: float = 0.0
    """When the access token ends, in seconds since the epoch by this machine's clock."""

    def __repr__(self) -> str:
        """Without the tokens."""
        return f"Session(server={self.server!r}, email={self.email!r})"

    @property
    def logged_in(self) -> bool:
        """Whether there are tokens; the server may have ended them."""
        return self.refresh_token is not None

    def without_tokens(self) -> Self:
        """The same server, logged out."""
        return replace(self, email=None, access_token=None, refresh_token=None, expires_at=0.0)


def config_folder() -> Path:
    """`FOTOGRAMA_CONFIG_DIR`, or the folder the platform has for it."""
    chosen = os.environ.get(CONFIG_VARIABLE)
    return Path(chosen) if chosen else user_config_path("fotograma", appauthor=False)


def state_folder() -> Path:
    """The folder of unfinished uploads: below `FOTOGRAMA_CONFIG_DIR`, if that is set."""
    chosen = os.environ.get(CONFIG_VARIABLE)
    if chosen:
        return Path(chosen) / "uploads"
    return user_state_path("fotograma", appauthor=False) / "uploads"


def choose_session(remembered: Session | None, server: str | None, ca_cert: Path | None) -> Session:
    """The session a command works with. Tokens never go to another server than theirs."""
    if server is None:
        session = remembered or Session(DEFAULT_SERVER)
    else:
        address = server_address(server)
        session = Session(address)
        if remembered is not None and remembered.server == address:
            session = remembered
    return session if ca_cert is None else replace(session, ca_cert=str(ca_cert.absolute()))


class CredentialStore:
    """The session's file and its lock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "credentials.json"

    def load(self) -> Session | None:
        """The remembered session. Raises `FileTrouble` when the file cannot be read or parsed."""
        try:
            return Session(**json.loads(self._file.read_bytes()))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FileTrouble(f"Cannot read {self._file}: {error.strerror}.") from error
        except (ValueError, TypeError) as error:
            raise FileTrouble(
                f"{self._file} is damaged. Delete it and run `fotograma login` again."
            ) from error

    def save(self, session: Session) -> None:
        """Replace the file: a reader sees the old one or the new one, whole."""
        replace_private(self._file, json.dumps(asdict(session), indent=2))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """No other command refreshes or changes the session while the block runs."""
        try:
            make_private_folder(self._folder)
            lock = FileLock(self._folder / "lock", timeout=LOCK_SECONDS, mode=0o600)
            lock.acquire()
        except Timeout as error:
            raise CommandError(
                f"Another fotograma command has held {self._folder / 'lock'} for too long."
            ) from error
        except OSError as error:
            raise FileTrouble(f"Cannot write in {self._folder}: {error.strerror}.") from error
        try:
            yield
        finally:
            lock.release()
