"""URLs that open by themselves: an `<img>` sends no bearer token."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from fotograma_kit.logs import SIGNATURE
from pydantic import SecretStr

from fotograma_video.errors import BadSignature, LinkExpired

STABLE = timedelta(hours=1)
"""Within each hour the same URL comes out for the same thing, so that browsers find it in their
caches. It opens for one to two hours.
"""


class UrlSigner:
    """HMAC-SHA256 over a path and the time at which its URL ends.

    The first key signs, all verify.
    """

    def __init__(self, keys: Sequence[SecretStr], now: Callable[[], datetime]) -> None:
        self._keys = [key.get_secret_value().encode() for key in keys]
        self._now = now

    def sign(self, path: str, expires_at: datetime | None = None) -> str:
        """The path as a URL that opens until `expires_at`, by default for at least an hour."""
        expires = self._stable_expiry() if expires_at is None else int(expires_at.timestamp())
        signature = _signature(self._keys[0], path, expires)
        return f"{path}?expires={expires}&{SIGNATURE}={signature}"

    def sign_folder(self, path: str, name: str) -> str:
        """A URL for whatever lies directly below the path, with `name` in the place of its name."""
        url = self.sign(f"{path}/")
        return url.replace("?", f"{name}?", 1)

    def check(self, path: str, expires: int, signature: str) -> None:
        """Raises `BadSignature` for a URL that is not ours, `LinkExpired` for an old one."""
        folder = path[: path.rfind("/") + 1]
        matches = [
            hmac.compare_digest(_signature(key, signed, expires).encode(), signature.encode())
            for key in self._keys
            for signed in (path, folder)
        ]
        if not any(matches):
            raise BadSignature
        if self._now().timestamp() >= expires:
            raise LinkExpired

    def _stable_expiry(self) -> int:
        seconds = STABLE.total_seconds()
        return int((self._now().timestamp() // seconds + 2) * seconds)


def _signature(key: bytes, path: str, expires: int) -> str:
    digest = hmac.digest(key, f"{expires}\n{path}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
