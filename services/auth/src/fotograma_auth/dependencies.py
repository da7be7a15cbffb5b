"""What routes ask for."""

from typing import Annotated, cast
from urllib.parse import unquote_plus

from fastapi import Depends, Request
from fastapi.security import HTTPBasic

from fotograma_auth.keys import KeyRing
from fotograma_auth.service import Accounts, ServiceClients, Sessions

_basic = HTTPBasic(auto_error=False)


def _accounts(request: Request) -> Accounts:
    return cast(Accounts, request.app.state.accounts)


def _sessions(request: Request) -> Sessions:
    return cast(Sessions, request.app.state.sessions)


def _service_clients(request: Request) -> ServiceClients:
    return cast(ServiceClients, request.app.state.service_clients)


def _key_ring(request: Request) -> KeyRing:
    return cast(KeyRing, request.app.state.key_ring)


async def _basic_client(request: Request) -> tuple[str, str] | None:
    """Client id and secret from HTTP Basic, where RFC 6749 (2.3.1) has them form-encoded.

    Called here rather than declared, or the documentation would ask for it at every grant type.
    """
    credentials = await _basic(request)
    if credentials is None:
        return None
    return unquote_plus(credentials.username), unquote_plus(credentials.password)


AccountsDep = Annotated[Accounts, Depends(_accounts)]
SessionsDep = Annotated[Sessions, Depends(_sessions)]
ServiceClientsDep = Annotated[ServiceClients, Depends(_service_clients)]
KeyRingDep = Annotated[KeyRing, Depends(_key_ring)]
BasicClient = Annotated[tuple[str, str] | None, Depends(_basic_client)]
