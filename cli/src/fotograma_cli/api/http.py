"""The HTTP connection to a server."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import httpx

from fotograma_cli.errors import CommandError, FileTrouble, ServerUnavailable, WrongUsage

DEFAULT_SERVER = "http://localhost:8080"
TIMEOUT = httpx.Timeout(connect=10.0, read=60.0, write=60.0, pool=10.0)
"""Seconds. `read` and `write` bound the silence between two pieces, not the whole transfer."""
MAX_KEPT_CONNECTIONS = 64
"""As many as parts may travel at once."""
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def server_address(text: str) -> str:
    """The address of a server, without a slash at its end. Raises `WrongUsage`."""
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL as error:
        raise WrongUsage(f"{text!r} is not a server address: {error}.") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise WrongUsage(f"{text!r} is not a server address such as {DEFAULT_SERVER}.")
    if url.userinfo or url.query or url.fragment:
        raise WrongUsage("A server address has no user, query or fragment.")
    return str(url).rstrip("/")


def open_http(server: str, ca_cert: str | None) -> httpx.Client:
    """A client for the API of `server`. Certificates are always verified.

    `ca_cert` is a PEM file with the authority to trust, beside SSL_CERT_FILE and SSL_CERT_DIR.
    A proxy from the environment is not used for this machine's own addresses.
    """
    return httpx.Client(
        base_url=server,
        verify=True if ca_cert is None else _trusting(ca_cert),
        timeout=TIMEOUT,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=MAX_KEPT_CONNECTIONS),
        headers={"User-Agent": f"fotograma-cli/{version('fotograma-cli')}"},
        mounts={f"all://{host}": None for host in _LOOPBACK},
    )


def _trusting(ca_cert: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_cert)
    except ssl.SSLError as error:
        raise FileTrouble(f"{ca_cert} holds no PEM certificate.") from error
    except OSError as error:
        raise FileTrouble(f"Cannot read {Path(ca_cert)}: {error.strerror}.") from error


@contextmanager
def translated(where: str) -> Iterator[None]:
    """httpx's errors as `ServerUnavailable`; `where` is the address for the message."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise ServerUnavailable(f"{where} does not answer in time.", code="timeout") from error
    except httpx.TransportError as error:
        if _is_certificate_trouble(error):
            raise CommandError(
                f"The certificate of {where} cannot be verified ({error}). "
                "If it is signed by an authority of your own, pass --ca-cert.",
                code="certificate_not_trusted",
            ) from error
        raise ServerUnavailable(
            f"Cannot reach {where}: {str(error) or type(error).__name__}.", code="unreachable"
        ) from error
    except httpx.HTTPError as error:
        raise CommandError(f"{where} gave an answer that cannot be read: {error}.") from error


def _is_certificate_trouble(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
