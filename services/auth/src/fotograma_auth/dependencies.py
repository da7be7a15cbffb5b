"""What routes ask for."""

from typing import Annotated, cast
from urllib.parse import unquote_plus
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPBasic
from fotograma_kit.problems import Forbidden, Unauthenticated
from fotograma_kit.tokens import CurrentPrincipal, Principal, Role

from fotograma_auth.accounts import Accounts
from fotograma_auth.administration import Administration
from fotograma_auth.api_keys import ApiKeys
from fotograma_auth.domain import Client
from fotograma_auth.keys import KeyRing
from fotograma_auth.network import client_address
from fotograma_auth.presence import Bearer
from fotograma_auth.recovery import Recovery
from fotograma_auth.service_clients import ServiceClients
from fotograma_auth.sessions import Sessions
from fotograma_auth.settings import LimitSettings

_basic = HTTPBasic(auto_error=False)


def _accounts(request: Request) -> Accounts:
    return cast(Accounts, request.app.state.accounts)


def _recovery(request: Request) -> Recovery:
    return cast(Recovery, request.app.state.recovery)


def _sessions(request: Request) -> Sessions:
    return cast(Sessions, request.app.state.sessions)


def _api_keys(request: Request) -> ApiKeys:
    return cast(ApiKeys, request.app.state.api_keys)


def _administration(request: Request) -> Administration:
    return cast(Administration, request.app.state.administration)


def _service_clients(request: Request) -> ServiceClients:
    return cast(ServiceClients, request.app.state.service_clients)


def _key_ring(request: Request) -> KeyRing:
    return cast(KeyRing, request.app.state.key_ring)


def _client(request: Request) -> Client:
    settings = cast(LimitSettings, request.app.state.settings)
    address = client_address(
        request.client.host if request.client else None,
        request.headers.getlist("x-forwarded-for"),
        settings.auth_trusted_proxies,
    )
    return Client.of(address, request.headers.get("user-agent"))


def _bearer(principal: CurrentPrincipal) -> Bearer:
    principal.require_all()
    return _bearer_of(principal)


def _admin(principal: CurrentPrincipal) -> Bearer:
    principal.require_all()
    if principal.role is not Role.ADMIN:
        raise Forbidden("This address is for administrators.")
    return _bearer_of(principal)


def _any_bearer(principal: CurrentPrincipal) -> Bearer:
    return _bearer_of(principal)


def _bearer_of(principal: Principal) -> Bearer:
    user_id = principal.user_id
    if principal.session_id is not None:
        return Bearer(user_id, UUID(principal.session_id))
    if principal.scopes is None:  # nobody could end it
        raise Unauthenticated("The access token is of no session and of no API key.")
    return Bearer(user_id, None)


async def _basic_client(request: Request) -> tuple[str, str] | None:
    """Client id and secret from HTTP Basic, where RFC 6749 (2.3.1) has them form-encoded.

    Called here rather than declared, or the documentation would ask for it at every grant type.
    """
    credentials = await _basic(request)
    if credentials is None:
        return None
    return unquote_plus(credentials.username), unquote_plus(credentials.password)


AccountsDep = Annotated[Accounts, Depends(_accounts)]
RecoveryDep = Annotated[Recovery, Depends(_recovery)]
SessionsDep = Annotated[Sessions, Depends(_sessions)]
ApiKeysDep = Annotated[ApiKeys, Depends(_api_keys)]
AdministrationDep = Annotated[Administration, Depends(_administration)]
ServiceClientsDep = Annotated[ServiceClients, Depends(_service_clients)]
KeyRingDep = Annotated[KeyRing, Depends(_key_ring)]
BasicClient = Annotated[tuple[str, str] | None, Depends(_basic_client)]
ClientDep = Annotated[Client, Depends(_client)]
"""Where the request comes from."""
BearerDep = Annotated[Bearer, Depends(_bearer)]
"""Who sends the request, after a login: the use case looks whether it still goes on."""
AdminDep = Annotated[Bearer, Depends(_admin)]
"""The same, of an administrator; the use case looks whether they still are one."""
AnyBearerDep = Annotated[Bearer, Depends(_any_bearer)]
"""The user, by an API key of whatever scopes, too."""
