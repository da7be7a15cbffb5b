"""Dependencies of routes."""

from typing import Annotated, Literal
from urllib.parse import unquote_plus
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBasic
from fotograma_kit.networks import client_address
from fotograma_kit.problems import Forbidden, Unauthenticated
from fotograma_kit.tokens import CurrentPrincipal, Principal, Role
from fotograma_kit.web import part

from fotograma_auth.accounts import Accounts
from fotograma_auth.administration import Administration
from fotograma_auth.api_keys import ApiKeys
from fotograma_auth.domain import Client
from fotograma_auth.page import Page, PageSession
from fotograma_auth.presence import Bearer
from fotograma_auth.recovery import Recovery
from fotograma_auth.schemas import RefreshRequest
from fotograma_auth.service_clients import ServiceClients
from fotograma_auth.sessions import Sessions
from fotograma_auth.settings import ApiSettings
from fotograma_auth.signing_keys import KeyRing

_basic = HTTPBasic(auto_error=False)
SettingsPart = Annotated[ApiSettings, Depends(part(ApiSettings))]


async def _client(request: Request, settings: SettingsPart) -> Client:
    address = client_address(
        request.client.host if request.client else None,
        request.headers.getlist("x-forwarded-for"),
        settings.auth_trusted_proxies,
    )
    return Client.of(address, request.headers.get("user-agent"))


async def _page_session(
    request: Request,
    page: Annotated[Page, Depends(part(Page))],
    x_fotograma_page: Annotated[
        Literal["1"] | None,
        Header(description="Sent by the product's own page: a cookie holds its refresh token."),
    ] = None,
) -> PageSession | None:
    if x_fotograma_page is None:
        return None
    return page.session(request.headers.getlist("origin"), request.headers.getlist("cookie"))


PageSessionDep = Annotated[PageSession | None, Depends(_page_session)]
"""The session of the product's own page, for which alone cookies count; None for others."""


async def _refresh_token(page_session: PageSessionDep, body: RefreshRequest | None = None) -> str:
    if page_session is not None:
        return page_session.refresh_token
    if body is None:
        raise RequestValidationError([{"type": "missing", "loc": ("body",)}])
    return body.refresh_token.get_secret_value()


async def _bearer(principal: CurrentPrincipal) -> Bearer:
    principal.require_all()
    return _bearer_of(principal)


async def _admin(principal: CurrentPrincipal) -> Bearer:
    principal.require_all()
    if principal.role is not Role.ADMIN:
        raise Forbidden("This address is for administrators.")
    return _bearer_of(principal)


async def _any_bearer(principal: CurrentPrincipal) -> Bearer:
    return _bearer_of(principal)


def _bearer_of(principal: Principal) -> Bearer:
    user_id = principal.user_id
    if principal.session_id is not None:
        return Bearer(user_id, UUID(principal.session_id))
    if principal.scopes is None:  # it could not be revoked
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


AccountsPart = Annotated[Accounts, Depends(part(Accounts))]
RecoveryPart = Annotated[Recovery, Depends(part(Recovery))]
SessionsPart = Annotated[Sessions, Depends(part(Sessions))]
ApiKeysPart = Annotated[ApiKeys, Depends(part(ApiKeys))]
AdministrationPart = Annotated[Administration, Depends(part(Administration))]
ServiceClientsPart = Annotated[ServiceClients, Depends(part(ServiceClients))]
KeyRingPart = Annotated[KeyRing, Depends(part(KeyRing))]
BasicClient = Annotated[tuple[str, str] | None, Depends(_basic_client)]
ClientDep = Annotated[Client, Depends(_client)]
"""The network address and user agent of the request."""
RefreshTokenDep = Annotated[str, Depends(_refresh_token)]
"""The refresh token, of the page's cookie or of the body; empty where the cookie is missing."""
BearerDep = Annotated[Bearer, Depends(_bearer)]
"""The sender of a request, after a login; the use case checks whether the session has ended."""
AdminDep = Annotated[Bearer, Depends(_admin)]
"""The same, of an administrator; the use case checks whether the role was taken away."""
AnyBearerDep = Annotated[Bearer, Depends(_any_bearer)]
"""The user, also by an API key, whatever its scopes."""
