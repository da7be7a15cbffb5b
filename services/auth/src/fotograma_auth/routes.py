"""HTTP."""

from typing import Annotated

from fastapi import APIRouter, Form, Header, Response
from fotograma_kit.body_limit import SmallBodyRoute
from fotograma_kit.problems import Forbidden, InvalidRequest, Unauthenticated, problem_responses
from fotograma_kit.tokens import CurrentUserId
from pydantic import SecretStr

from fotograma_auth.dependencies import (
    AccountsDep,
    BasicClient,
    KeyRingDep,
    ServiceClientsDep,
    SessionsDep,
)
from fotograma_auth.domain import preferred_locale
from fotograma_auth.errors import (
    EmailTaken,
    InvalidClient,
    InvalidCredentials,
    InvalidEmail,
    InvalidGrant,
    InvalidRefreshToken,
    InvalidTokenRequest,
    PasswordTooLong,
    PasswordTooShort,
    UnsupportedGrantType,
)
from fotograma_auth.schemas import (
    JsonWebKey,
    JsonWebKeySet,
    LoginRequest,
    RefreshRequest,
    RegisterRequest,
    TokenForm,
    TokenResponse,
    UserResponse,
)
from fotograma_auth.service import ServiceClients, Sessions, Tokens

router = APIRouter(prefix="/auth", tags=["auth"], route_class=SmallBodyRoute)

KEY_SET_SECONDS = 300
"""How long a key set may be cached; an unknown key id makes a verifier fetch it again anyway."""


@router.post(
    "/register",
    status_code=201,
    responses=problem_responses(
        EmailTaken, InvalidEmail, PasswordTooShort, PasswordTooLong, InvalidRequest
    ),
)
async def register(
    body: RegisterRequest,
    accounts: AccountsDep,
    accept_language: Annotated[str | None, Header()] = None,
) -> UserResponse:
    """Open an account."""
    user = await accounts.register(
        body.email,
        body.password.get_secret_value(),
        body.locale or preferred_locale(accept_language),
    )
    return UserResponse.model_validate(user)


@router.post("/login", responses=problem_responses(InvalidCredentials, InvalidRequest))
async def login(body: LoginRequest, sessions: SessionsDep, response: Response) -> TokenResponse:
    """Begin a session."""
    return _answer(await sessions.login(body.email, body.password.get_secret_value()), response)


@router.post("/refresh", responses=problem_responses(InvalidRefreshToken, InvalidRequest))
async def refresh(body: RefreshRequest, sessions: SessionsDep, response: Response) -> TokenResponse:
    """Exchange a refresh token for a new access token and the next refresh token.

    A token that was used before ends the session, since two now hold it; except within ten
    seconds of its first use, when the answer to that may have been lost.
    """
    return _answer(await sessions.refresh(body.refresh_token.get_secret_value()), response)


@router.post("/logout", status_code=204, responses=problem_responses(InvalidRequest))
async def logout(body: RefreshRequest, sessions: SessionsDep) -> None:
    """End the session: none of its refresh tokens is good any more."""
    await sessions.logout(body.refresh_token.get_secret_value())


@router.post(
    "/token",
    response_model_exclude_none=True,
    responses=problem_responses(
        InvalidTokenRequest, InvalidGrant, UnsupportedGrantType, InvalidClient, InvalidRequest
    ),
)
async def token(
    form: Annotated[TokenForm, Form()],
    basic_client: BasicClient,
    sessions: SessionsDep,
    clients: ServiceClientsDep,
    response: Response,
) -> TokenResponse:
    """The OAuth 2.0 token endpoint: for the documentation's Authorize button and for services.

    Problems carry OAuth's own `error` as a further member.
    """
    if form.grant_type == "password":
        tokens = await _password_grant(form, sessions)
    elif form.grant_type == "refresh_token":
        tokens = await _refresh_token_grant(form, sessions)
    elif form.grant_type == "client_credentials":
        tokens = _client_credentials_grant(form, basic_client, clients)
    else:
        raise UnsupportedGrantType
    return _answer(tokens, response)


@router.get("/me", responses=problem_responses(Unauthenticated, Forbidden))
async def me(user_id: CurrentUserId, accounts: AccountsDep) -> UserResponse:
    """Who I am."""
    return UserResponse.model_validate(await accounts.user(user_id))


@router.get("/.well-known/jwks.json")
async def key_set(key_ring: KeyRingDep, response: Response) -> JsonWebKeySet:
    """The keys that access tokens are verified with."""
    response.headers["Cache-Control"] = f"public, max-age={KEY_SET_SECONDS}"
    return JsonWebKeySet(keys=[JsonWebKey.model_validate(key) for key in key_ring.key_set()])


async def _password_grant(form: TokenForm, sessions: Sessions) -> Tokens:
    if form.username is None or form.password is None:
        raise InvalidTokenRequest("username and password are needed.")
    try:
        return await sessions.login(form.username, form.password.get_secret_value())
    except InvalidCredentials as error:
        raise InvalidGrant(InvalidCredentials.title) from error


async def _refresh_token_grant(form: TokenForm, sessions: Sessions) -> Tokens:
    if form.refresh_token is None:
        raise InvalidTokenRequest("refresh_token is needed.")
    try:
        return await sessions.refresh(form.refresh_token.get_secret_value())
    except InvalidRefreshToken as error:
        raise InvalidGrant(InvalidRefreshToken.title) from error


def _client_credentials_grant(
    form: TokenForm, basic_client: tuple[str, str] | None, clients: ServiceClients
) -> Tokens:
    client_id, secret = basic_client or (form.client_id, _plain(form.client_secret))
    if client_id is None or secret is None:
        raise InvalidTokenRequest("client_id and client_secret are needed.")
    return clients.token(client_id, secret)


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _answer(tokens: Tokens, response: Response) -> TokenResponse:
    response.headers["Cache-Control"] = "no-store"
    return TokenResponse(
        access_token=tokens.access_token,
        expires_in=int(tokens.expires_in.total_seconds()),
        refresh_token=tokens.refresh_token,
    )
