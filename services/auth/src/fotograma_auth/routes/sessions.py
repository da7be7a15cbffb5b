"""A user's sessions and API keys."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Response
from fotograma_kit.body_limit import SmallBodyRoute
from fotograma_kit.problems import (
    Forbidden,
    InvalidRequest,
    Unauthenticated,
    Unavailable,
    problem_responses,
)

from fotograma_auth.api_keys import NewApiKey
from fotograma_auth.dependencies import ApiKeysPart, BearerDep, ClientDep, SessionsPart
from fotograma_auth.errors import (
    ApiKeyNotFound,
    PasswordRequired,
    SessionNotFound,
    TooManyApiKeys,
    TooManyAttempts,
    WrongPassword,
)
from fotograma_auth.schemas import (
    ApiKeyList,
    ApiKeyResponse,
    NewApiKeyRequest,
    NewApiKeyResponse,
    SessionList,
    SessionResponse,
)

router = APIRouter(
    prefix="/auth",
    route_class=SmallBodyRoute,
    responses=problem_responses(Unauthenticated, Forbidden, Unavailable),
)


@router.post("/logout-all", status_code=204, tags=["sessions"])
async def logout_all(bearer: BearerDep, sessions: SessionsPart, client: ClientDep) -> None:
    """End every session, this one too, and every mailed link. API keys stay."""
    await sessions.logout_all(bearer, client)


@router.get("/sessions", tags=["sessions"])
async def list_sessions(bearer: BearerDep, sessions: SessionsPart) -> SessionList:
    """Where you are logged in."""
    found = [SessionResponse.model_validate(s) for s in await sessions.of_user(bearer)]
    here = bearer.session_id
    return SessionList(items=[s.model_copy(update={"current": s.id == here}) for s in found])


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    tags=["sessions"],
    responses=problem_responses(SessionNotFound, InvalidRequest),
)
async def end_session(
    session_id: UUID, bearer: BearerDep, sessions: SessionsPart, client: ClientDep
) -> None:
    """End one session."""
    await sessions.revoke(bearer, session_id, client)


@router.get("/api-keys", tags=["API keys"])
async def list_api_keys(bearer: BearerDep, api_keys: ApiKeysPart) -> ApiKeyList:
    """Your API keys, without their secrets."""
    keys = await api_keys.of_user(bearer)
    return ApiKeyList(items=[ApiKeyResponse.model_validate(key) for key in keys])


@router.post(
    "/api-keys",
    status_code=201,
    tags=["API keys"],
    responses=problem_responses(
        PasswordRequired, WrongPassword, TooManyAttempts, TooManyApiKeys, InvalidRequest
    ),
)
async def create_api_key(
    body: NewApiKeyRequest,
    bearer: BearerDep,
    api_keys: ApiKeysPart,
    client: ClientDep,
    response: Response,
) -> NewApiKeyResponse:
    """Make a key for a program. Its secret is shown once; a mail tells you that it was made.

    It needs the `current_password`, unless you logged in within the last ten minutes.
    The program exchanges it at `POST /auth/token` for access tokens.
    """
    life = None if body.expires_in_days is None else timedelta(days=body.expires_in_days)
    new = NewApiKey(body.name, body.scopes, life)
    password = None if body.current_password is None else body.current_password.get_secret_value()
    key, secret = await api_keys.create(bearer, new, password, client)
    response.headers["Cache-Control"] = "no-store"
    shown = ApiKeyResponse.model_validate(key)
    return NewApiKeyResponse(**shown.model_dump(), key=secret)


@router.delete(
    "/api-keys/{key_id}",
    status_code=204,
    tags=["API keys"],
    responses=problem_responses(ApiKeyNotFound, InvalidRequest),
)
async def delete_api_key(
    key_id: UUID, bearer: BearerDep, api_keys: ApiKeysPart, client: ClientDep
) -> None:
    """Revoke a key. Access tokens it was exchanged for end within fifteen minutes."""
    await api_keys.delete(bearer, key_id, client)
