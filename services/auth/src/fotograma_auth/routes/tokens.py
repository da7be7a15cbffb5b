"""Tokens: logging in, refreshing, logging out, and the keys that verify them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Response
from fotograma_kit.body_limit import SmallBodyRoute
from fotograma_kit.problems import InvalidRequest, Unavailable, problem_responses
from pydantic import SecretStr

from fotograma_auth.api_keys import ApiKeys
from fotograma_auth.dependencies import (
    ApiKeysPart,
    BasicClient,
    ClientDep,
    KeyRingPart,
    PageSessionDep,
    RefreshTokenDep,
    ServiceClientsPart,
    SessionsPart,
)
from fotograma_auth.domain import Client
from fotograma_auth.errors import (
    AccountSuspended,
    EmailNotVerified,
    InvalidApiKey,
    InvalidClient,
    InvalidCredentials,
    InvalidGrant,
    InvalidRefreshToken,
    InvalidTokenRequest,
    OriginRefused,
    TooManyAttempts,
    UnsupportedGrantType,
)
from fotograma_auth.page import PATH, PageCookie, PageSession
from fotograma_auth.schemas import (
    API_KEY_GRANT,
    JsonWebKey,
    JsonWebKeySet,
    LoginRequest,
    TokenForm,
    TokenResponse,
)
from fotograma_auth.service_clients import ServiceClients
from fotograma_auth.sessions import Sessions
from fotograma_auth.signing_keys import Tokens

router = APIRouter(prefix="/auth", tags=["tokens"], route_class=SmallBodyRoute)

KEY_SET_SECONDS = 300
"""How long a key set may be cached; an unknown key id makes a verifier fetch it again anyway."""

_REFUSED = (EmailNotVerified, AccountSuspended)
"""Said only to who knows the password."""


@router.post(
    "/login",
    response_model_exclude_none=True,
    responses=problem_responses(
        InvalidCredentials,
        *_REFUSED,
        OriginRefused,
        TooManyAttempts,
        InvalidRequest,
        Unavailable,
    ),
)
async def login(
    body: LoginRequest,
    page_session: PageSessionDep,
    sessions: SessionsPart,
    client: ClientDep,
    response: Response,
) -> TokenResponse:
    """Begin a session.

    After some wrong passwords one waits before the next is looked at, twice as long each time: 429,
    with `Retry-After`. Who has logged in from the same network, or browser, does not wait for
    strangers.

    With `X-Fotograma-Page: 1`, from the product's own origin only, the refresh token comes in a
    cookie that no script can read.
    """
    mark = "" if page_session is None else page_session.device_token
    tokens = await sessions.login(body.email, body.password.get_secret_value(), client, mark)
    if page_session is not None and tokens.device_token is not None:
        _set_cookie(response, page_session.device_cookie, tokens.device_token)
    return _answer(tokens, response, page_session)


@router.post(
    "/refresh",
    response_model_exclude_none=True,
    responses=problem_responses(InvalidRefreshToken, OriginRefused, InvalidRequest, Unavailable),
)
async def refresh(
    presented: RefreshTokenDep,
    page_session: PageSessionDep,
    sessions: SessionsPart,
    client: ClientDep,
    response: Response,
) -> TokenResponse:
    """Exchange a refresh token for a new access token and the next refresh token.

    Asked again, it answers with the same next one until that was used, since the first answer may
    have been lost. After that it ends the session: two now hold it.

    With `X-Fotograma-Page: 1`, from the product's own origin only, both refresh tokens are in the
    cookie, and a body is not looked at.
    """
    return _answer(await sessions.refresh(presented, client), response, page_session)


@router.post(
    "/logout",
    status_code=204,
    responses=problem_responses(OriginRefused, InvalidRequest, Unavailable),
)
async def logout(
    presented: RefreshTokenDep,
    page_session: PageSessionDep,
    sessions: SessionsPart,
    response: Response,
) -> None:
    """End the session: none of its refresh tokens is good any more.

    With `X-Fotograma-Page: 1` it is the session of the cookie, which is deleted.
    """
    await sessions.logout(presented)
    if page_session is not None:
        _set_cookie(response, replace(page_session.cookie, max_age_seconds=0), "")


@router.post(
    "/token",
    response_model_exclude_none=True,
    responses=problem_responses(
        InvalidTokenRequest,
        InvalidGrant,
        UnsupportedGrantType,
        InvalidClient,
        *_REFUSED,
        TooManyAttempts,
        InvalidRequest,
        Unavailable,
    ),
)
async def token(
    form: Annotated[TokenForm, Form()],
    basic_client: BasicClient,
    sessions: SessionsPart,
    clients: ServiceClientsPart,
    api_keys: ApiKeysPart,
    client: ClientDep,
    response: Response,
) -> TokenResponse:
    """The OAuth 2.0 token endpoint: for programs, services and the documentation's button.

    An API key is exchanged here (`urn:fotograma:grant-type:api-key`) for an access token that is
    limited to the key's scopes; there is no refresh token, since the key itself is one.

    Problems carry OAuth's own `error` as a further member.
    """
    if form.grant_type == "password":
        tokens = await _password_grant(form, sessions, client)
    elif form.grant_type == "refresh_token":
        tokens = await _refresh_token_grant(form, sessions, client)
    elif form.grant_type == "client_credentials":
        tokens = _client_credentials_grant(form, basic_client, clients)
    elif form.grant_type == API_KEY_GRANT:
        tokens = await _api_key_grant(form, api_keys, client)
    else:
        raise UnsupportedGrantType
    return _answer(tokens, response)


@router.get("/.well-known/jwks.json")
async def key_set(key_ring: KeyRingPart, response: Response) -> JsonWebKeySet:
    """The keys that access tokens are verified with."""
    response.headers["Cache-Control"] = f"public, max-age={KEY_SET_SECONDS}"
    return JsonWebKeySet(keys=[JsonWebKey.model_validate(key) for key in key_ring.key_set()])


async def _password_grant(form: TokenForm, sessions: Sessions, client: Client) -> Tokens:
    if form.username is None or form.password is None:
        raise InvalidTokenRequest(*_missing(form, "username", "password"))
    try:
        return await sessions.login(form.username, form.password.get_secret_value(), client)
    except InvalidCredentials as error:
        raise InvalidGrant(InvalidCredentials.title) from error


async def _refresh_token_grant(form: TokenForm, sessions: Sessions, client: Client) -> Tokens:
    if form.refresh_token is None:
        raise InvalidTokenRequest("refresh_token")
    try:
        return await sessions.refresh(form.refresh_token.get_secret_value(), client)
    except InvalidRefreshToken as error:
        raise InvalidGrant(InvalidRefreshToken.title) from error


async def _api_key_grant(form: TokenForm, api_keys: ApiKeys, client: Client) -> Tokens:
    if form.api_key is None:
        raise InvalidTokenRequest("api_key")
    try:
        return await api_keys.exchange(form.api_key.get_secret_value(), client)
    except InvalidApiKey as error:
        raise InvalidGrant(InvalidApiKey.title) from error


def _client_credentials_grant(
    form: TokenForm, basic_client: tuple[str, str] | None, clients: ServiceClients
) -> Tokens:
    client_id, secret = basic_client or (form.client_id, _plain(form.client_secret))
    if client_id is None or secret is None:
        raise InvalidTokenRequest(*_missing(form, "client_id", "client_secret"))
    return clients.token(client_id, secret)


def _missing(form: TokenForm, *names: str) -> Iterator[str]:
    return (name for name in names if getattr(form, name) is None)


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _answer(
    tokens: Tokens, response: Response, page_session: PageSession | None = None
) -> TokenResponse:
    response.headers["Cache-Control"] = "no-store"
    refresh_token = tokens.refresh_token
    if page_session is not None and refresh_token is not None:
        _set_cookie(response, page_session.cookie, refresh_token)
        refresh_token = None
    return TokenResponse(
        access_token=tokens.access_token,
        expires_in=int(tokens.expires_in.total_seconds()),
        refresh_token=refresh_token,
        scope=None if tokens.scopes is None else " ".join(tokens.scopes),
    )


def _set_cookie(response: Response, cookie: PageCookie, value: str) -> None:
    response.set_cookie(
        cookie.name,
        value,
        max_age=cookie.max_age_seconds,
        path=PATH,
        secure=cookie.is_secure,
        httponly=True,
        samesite="strict",
    )
