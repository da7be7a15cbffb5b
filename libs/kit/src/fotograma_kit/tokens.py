"""Access tokens: the principal of a request. Verified with auth's published keys, without a call.

Follows RFC 8725: the algorithm is pinned, keys come from our own JWKS by `kid`, and issuer,
audience, expiry and type are all checked.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, Protocol
from uuid import UUID

import jwt
import structlog
from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer
from jwt.types import Options
from starlette.requests import HTTPConnection

from fotograma_kit.problems import Forbidden, Unauthenticated, Unavailable
from fotograma_kit.rate_limits import count_user
from fotograma_kit.settings import TokenClaimSettings, TokenSettings

ALGORITHM = "EdDSA"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068's name of the type
LEEWAY_SECONDS = 5
_FETCH_SECONDS = 3
_ASK_AGAIN_SECONDS = 5.0
"""How long a key is used before the cache is asked for it again."""
_OPTIONS: Options = {"require": ["exp", "iat", "iss", "aud", "sub", "jti"]}


class Role(StrEnum):
    """What a bearer is."""

    USER = "user"
    ADMIN = "admin"
    SERVICE = "service"


class Scope(StrEnum):
    """What an API key may be allowed to do. A token of a login has no scopes and may do it all."""

    READ = "videos:read"
    """See videos and extractions, download frames."""
    UPLOAD = "videos:upload"
    """Upload, rename, extract, cancel."""
    DELETE = "videos:delete"
    """Delete videos. Together with `UPLOAD`: say when they are deleted."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who sends a request. `subject` is a user's id, or a service's name."""

    subject: str
    role: Role
    expires_at: int
    """Unix time at which the token ends."""
    scopes: frozenset[str] | None = None
    """What the token is limited to (RFC 8693, 4.2); None where it is not limited."""
    session_id: str | None = None
    """The login the token descends from."""

    @property
    def user_id(self) -> UUID:
        """The user's id. Raises `Forbidden` for a service, which owns nothing."""
        if self.role is Role.SERVICE:
            raise Forbidden("This address is for users.")
        return UUID(self.subject)

    def require(self, scope: Scope) -> None:
        """Raises `Forbidden` when the token is limited to something else."""
        if self.scopes is not None and scope not in self.scopes:
            raise Forbidden(f"The API key lacks the scope {scope}.")

    def require_all(self) -> None:
        """Raises `Forbidden` when the token is limited at all."""
        if self.scopes is not None:
            raise Forbidden("This address needs a login; an API key does not do.")


class KeySource(Protocol):
    """Finds the public key for a `kid`. Raises `Unauthenticated` for an unknown one."""

    async def key(self, kid: str) -> Any: ...


class JwksKeys:
    """Keys from auth's JWKS, cached; known keys are used while auth does not answer.

    The cache is asked in a thread, since it may have to fetch: not at every request, which would
    take longer than all else of its token's verification.
    """

    def __init__(self, settings: TokenSettings) -> None:
        self._client = jwt.PyJWKClient(
            settings.jwks_url, lifespan=settings.jwks_lifespan_seconds, timeout=_FETCH_SECONDS
        )
        self._known: dict[str, Any] = {}
        self._asked_at: dict[str, float] = {}

    async def key(self, kid: str) -> Any:
        """Raises `Unauthenticated` for an unknown key, `Unavailable` when auth is unreachable."""
        now = time.monotonic()
        if kid in self._known:
            if now - self._asked_at.get(kid, -math.inf) < _ASK_AGAIN_SECONDS:
                return self._known[kid]
            self._asked_at[kid] = now  # others go on with the known one, and take no thread
        try:
            found = await asyncio.to_thread(self._client.get_signing_key, kid)
        except jwt.PyJWKClientConnectionError as error:
            if kid in self._known:
                return self._known[kid]
            raise Unavailable("The keys that tokens are checked with cannot be fetched.") from error
        except jwt.PyJWTError as error:
            self._known.pop(kid, None)
            self._asked_at.pop(kid, None)
            raise Unauthenticated("The token was signed with an unknown key.") from error
        self._known[kid], self._asked_at[kid] = found.key, time.monotonic()
        return found.key


@dataclass(frozen=True, slots=True)
class _Verified:
    """A token that was ours, whole and current, and the key that said so."""

    principal: Principal
    kid: str
    key: Any


class Verifier:
    """Verifies access tokens, and remembers those that were valid by their SHA-256.

    A token is remembered until it expires, and no longer than its key stays the same: keys that
    are fetched anew are other objects, and so are asked again about every token.
    """

    def __init__(self, keys: KeySource, settings: TokenClaimSettings) -> None:
        self._keys = keys
        self._settings = settings
        self._remembered: OrderedDict[bytes, _Verified] = OrderedDict()

    async def verify(self, token: str) -> Principal:
        """Raises `Unauthenticated` unless the token is ours, whole and current."""
        digest = _digest(token)
        known = self._remembered.get(digest)
        if known is not None and await self._still_holds(known):
            self._remembered.move_to_end(digest)
            return known.principal
        self._remembered.pop(digest, None)
        verified = await _verified(token, self._keys, self._settings)
        self._remembered[digest] = verified
        while len(self._remembered) > self._settings.tokens_remembered:
            self._remembered.popitem(last=False)
        return verified.principal

    def remembered(self, request: HTTPConnection) -> Principal | None:
        """The bearer of a request as it was verified last; None where that is not known any more.

        Enough to refuse a request, and not to grant it: the key may have been withdrawn since.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        known = self._remembered.get(_digest(token)) if scheme.lower() == "bearer" else None
        return known.principal if known is not None and _is_current(known.principal) else None

    async def _still_holds(self, known: _Verified) -> bool:
        return _is_current(known.principal) and await self._keys.key(known.kid) is known.key


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()


def _is_current(principal: Principal) -> bool:
    return time.time() - LEEWAY_SECONDS < principal.expires_at


async def _verified(token: str, keys: KeySource, settings: TokenClaimSettings) -> _Verified:
    try:
        header = jwt.get_unverified_header(token)
        if header.get("typ") != TOKEN_TYPE or header.get("alg") != ALGORITHM:
            raise Unauthenticated("This is not an access token of ours.")
        kid = str(header.get("kid"))
        key = await keys.key(kid)
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
            leeway=LEEWAY_SECONDS,
            options=_OPTIONS,
        )
        return _Verified(_principal(claims), kid, key)
    except jwt.ExpiredSignatureError as error:
        raise Unauthenticated("The access token has expired.") from error
    except (jwt.PyJWTError, KeyError, ValueError) as error:
        raise Unauthenticated("The access token is not valid.") from error


def _principal(claims: dict[str, Any]) -> Principal:
    scope, session_id = claims.get("scope"), claims.get("sid")
    return Principal(
        subject=str(claims["sub"]),
        role=Role(claims["role"]),
        expires_at=int(claims["exp"]),
        scopes=None if scope is None else frozenset(str(scope).split()),
        session_id=None if session_id is None else str(session_id),
    )


_bearer = OAuth2PasswordBearer(tokenUrl="/auth/token", auto_error=False)
Authenticator = Callable[[str], Awaitable[Principal]]


async def optional_principal(
    request: Request, token: Annotated[str | None, Depends(_bearer)]
) -> Principal | None:
    """The request's bearer, if it has one. The app's lifespan sets `app.state.authenticate`.

    Raises `TooManyRequests` for a user who sends too many. A service asks on behalf of many.
    """
    if token is None:
        return None
    authenticate: Authenticator = request.app.state.authenticate
    principal = await authenticate(token)
    structlog.contextvars.bind_contextvars(user_id=principal.subject)  # for the request's own task
    if principal.role is not Role.SERVICE:
        count_user(request.scope, principal.subject)
    return principal


OptionalPrincipal = Annotated[Principal | None, Depends(optional_principal)]


async def current_principal(principal: OptionalPrincipal) -> Principal:
    """The request's bearer."""
    if principal is None:
        raise Unauthenticated
    return principal


CurrentPrincipal = Annotated[Principal, Depends(current_principal)]


async def current_user_id(principal: CurrentPrincipal) -> UUID:
    """The id of the user who sends the request, after a login: API keys are turned away.

    So a route is closed to them until it names the scope that opens it.
    """
    principal.require_all()
    return principal.user_id


def user_id_with(scope: Scope) -> Callable[[Principal], Awaitable[UUID]]:
    """A dependency: the user's id, after a login or by an API key that has `scope`."""

    async def user_id(principal: CurrentPrincipal) -> UUID:
        principal.require(scope)
        return principal.user_id

    return user_id


CurrentUserId = Annotated[UUID, Depends(current_user_id)]
