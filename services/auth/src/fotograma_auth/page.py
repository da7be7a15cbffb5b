"""Sessions of the product's own page, whose refresh token a cookie holds.

No script can read the cookie, and no other site can have it sent: it is `SameSite=Strict`, counts
only beside a header that another origin's page may not send, and only from the page's own origin.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import HttpUrl

from fotograma_auth.errors import OriginRefused

PATH = "/auth"
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class PageCookie:
    """The name and attributes of the cookie."""

    name: str
    """Cookies know no ports: each installation on a host has a name of its own."""
    is_secure: bool
    max_age_seconds: int


@dataclass(frozen=True, slots=True)
class PageSession:
    """A request of the product's own page, and the refresh token that its cookie holds."""

    cookie: PageCookie
    refresh_token: str
    """Empty where there is none."""
    device_cookie: PageCookie
    """Of the mark that a user has logged in in this browser."""
    device_token: str
    """Empty where there is none."""


class Page:
    """The page at `public_url`; None where none may hold a session by a cookie."""

    def __init__(
        self, public_url: HttpUrl | None, max_age_seconds: int, device_seconds: int
    ) -> None:
        self._origin = None if public_url is None else _origin(public_url)
        self._cookies = (
            None
            if public_url is None
            else (
                _cookie(public_url, "", max_age_seconds),
                _cookie(public_url, "-device", device_seconds),
            )
        )

    def session(self, origins: Sequence[str], cookie_headers: Sequence[str]) -> PageSession:
        """The session of a request with these `Origin` and `Cookie` headers.

        Raises `OriginRefused` unless the page itself sent it.
        """
        if self._cookies is None:
            raise OriginRefused("PUBLIC_URL is not set here.")
        if list(origins) != [self._origin]:
            raise OriginRefused(f"Open it at {self._origin}.")
        cookie, device = self._cookies
        return PageSession(
            cookie,
            _value(cookie.name, cookie_headers),
            device,
            _value(device.name, cookie_headers),
        )


def _origin(url: HttpUrl) -> str:
    """As browsers write it (RFC 6454, 6.2)."""
    port = "" if url.port == _DEFAULT_PORTS[url.scheme] else f":{url.port}"
    return f"{url.scheme}://{url.host}{port}"


def _cookie(url: HttpUrl, kind: str, max_age_seconds: int) -> PageCookie:
    is_secure = url.scheme == "https"
    # Browsers take a name that begins so over HTTPS only: nobody on the way can plant one.
    prefix = "__Secure-" if is_secure else ""
    return PageCookie(f"{prefix}fotograma-{url.port}{kind}", is_secure, max_age_seconds)


def _value(name: str, headers: Sequence[str]) -> str:
    """The cookie's value; empty also where there are two, one of which somebody has planted."""
    pairs = [pair.strip().partition("=") for header in headers for pair in header.split(";")]
    values = [value for found, _, value in pairs if found == name]
    return values[0] if len(values) == 1 else ""
