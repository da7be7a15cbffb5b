"""Passwords and keys of one embedded stack: made on the first start, kept under its data folder."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

_FIRST_KEY = "0-local.pem"
"""The last key by name signs: one that `fotograma-auth new-signing-key` adds must sort later."""
_PASSWORD_BYTES = 24


@dataclass(frozen=True)
class Secrets:
    """What the parts of a stack know each other by."""

    folder: Path

    @classmethod
    def in_folder(cls, folder: Path) -> "Secrets":
        """The secrets kept in `folder`, which only its owner can enter."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        return cls(folder)

    def password(self, name: str) -> str:
        """The password called `name`: the same one every time."""
        path = self.folder / name
        if not path.exists():
            _write(path, secrets.token_urlsafe(_PASSWORD_BYTES).encode())
        return path.read_text()

    def password_sha256(self, name: str) -> str:
        """The SHA-256 of a password, as hex."""
        return hashlib.sha256(self.password(name).encode()).hexdigest()

    def signing_keys(self) -> Path:
        """The folder of the Ed25519 keys that access tokens are signed with; never empty."""
        folder = self.folder / "signing-keys"
        folder.mkdir(mode=0o700, exist_ok=True)
        if not any(folder.glob("*.pem")):
            key = Ed25519PrivateKey.generate()
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            _write(folder / _FIRST_KEY, pem)
        return folder


def _write(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    unfinished = path.with_suffix(f"{path.suffix}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    unfinished.rename(path)
