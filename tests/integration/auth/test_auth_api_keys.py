"""API keys: what they open, what they do not, and how they end."""

import json
from typing import Any

import jwt
import pytest
from fixtures.auth import PASSWORD, Login, assert_problem, bearer, events
from fixtures.clocks import HeldClock
from fixtures.problems import blamed
from fotograma_auth.cli import openapi_document
from fotograma_auth.models import ApiKey
from fotograma_auth.settings import ApiSettings
from fotograma_kit.database import Database
from httpx import AsyncClient, Response
from sqlalchemy import select

GRANT = "urn:fotograma:grant-type:api-key"
SCOPES = ("videos:read", "videos:upload", "videos:delete")
CONFIRMED = {"name": "script", "scopes": ["videos:read"], "current_password": PASSWORD}
READER = {"name": "nightly import", "scopes": ["videos:read"]}


async def make(auth: AsyncClient, headers: dict[str, str], **changes: Any) -> dict[str, Any]:
    answer = await auth.post("/auth/api-keys", json={**READER, **changes}, headers=headers)
    assert answer.status_code == 201, answer.text
    key: dict[str, Any] = answer.json()
    return key


async def exchange(auth: AsyncClient, key: str) -> Response:
    return await auth.post("/auth/token", data={"grant_type": GRANT, "api_key": key})


async def listed(auth: AsyncClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await auth.get("/auth/api-keys", headers=headers)).json()[
        "items"
    ]
    return items


async def test_key_is_shown_once_and_exchanged_for_a_limited_token(
    auth: AsyncClient, log_in: Login, database: Database
) -> None:
    headers = bearer(await log_in())
    answer = await auth.post(
        "/auth/api-keys",
        json={"name": " both ", "scopes": ["videos:upload", "videos:read", "videos:read"]},
        headers=headers,
    )
    key = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert (key["name"], key["scopes"]) == ("both", ["videos:read", "videos:upload"])
    assert key["key"].startswith(key["prefix"])
    [shown] = await listed(auth, headers)
    assert "key" not in shown
    assert (shown["prefix"], shown["last_used_at"]) == (key["prefix"], None)

    answer = await exchange(auth, key["key"])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json()) == {"access_token", "token_type", "expires_in", "scope"}
    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    assert claims["scope"] == answer.json()["scope"] == "videos:read videos:upload"
    assert (claims["role"], answer.json()["expires_in"]) == ("user", 900)
    assert "sid" not in claims
    assert (await listed(auth, headers))[0]["last_used_at"]


async def test_api_key_is_stored_as_a_hash_and_published_by_its_prefix(
    auth: AsyncClient, log_in: Login, database: Database
) -> None:
    key = await make(auth, bearer(await log_in()))
    async with database.transaction() as session:
        stored = (await session.scalars(select(ApiKey))).one()
    assert len(stored.key_hash) == 32
    assert key["key"] not in repr(vars(stored))
    [event] = await events(database, "user.api_key_created")
    assert (event["name"], event["prefix"]) == (key["name"], key["prefix"])
    assert key["key"] not in str(event)


async def test_api_key_token_reads_the_user_and_nothing_else_of_the_account(
    auth: AsyncClient, log_in: Login
) -> None:
    """Every route of auth that a token opens, but the one that says who it is."""
    key = await make(auth, bearer(await log_in()), scopes=list(SCOPES))
    limited = bearer((await exchange(auth, key["key"])).json())
    assert (await auth.get("/auth/me", headers=limited)).status_code == 200
    for method, path in protected_routes():
        if (method, path) != ("get", "/auth/me"):
            address = path.replace("{", "").replace("}", "")
            answer = await auth.request(method.upper(), address, json={}, headers=limited)
            assert (method, path, answer.status_code) == (method, path, 403)


def protected_routes() -> list[tuple[str, str]]:
    paths = json.loads(openapi_document())["paths"]
    found = [(m, p) for p, methods in paths.items() for m, o in methods.items() if "security" in o]
    assert len(found) >= 14
    return found


async def test_deleted_api_key_is_refused(auth: AsyncClient, log_in: Login) -> None:
    headers = bearer(await log_in())
    key = await make(auth, headers)
    address = f"/auth/api-keys/{key['id']}"
    assert (await auth.delete(address, headers=headers)).status_code == 204
    refused = await exchange(auth, key["key"])
    assert_problem(refused, 400, "invalid_grant")
    assert refused.json()["error"] == "invalid_grant"
    assert_problem(await auth.delete(address, headers=headers), 404, "api_key_not_found")
    assert await listed(auth, headers) == []


async def test_token_of_a_deleted_key_ends_within_15_minutes(
    auth: AsyncClient, log_in: Login, clock: HeldClock
) -> None:
    headers = bearer(await log_in())
    key = await make(auth, headers)
    clock.advance(minutes=-15, seconds=-10)
    old = bearer((await exchange(auth, key["key"])).json())
    clock.advance(minutes=15, seconds=10)
    await auth.delete(f"/auth/api-keys/{key['id']}", headers=headers)
    assert_problem(await auth.get("/auth/me", headers=old), 401, "unauthenticated")


async def test_api_key_expires(auth: AsyncClient, log_in: Login, clock: HeldClock) -> None:
    key = await make(auth, bearer(await log_in()), expires_in_days=30)
    clock.advance(days=30, seconds=-1)
    assert (await exchange(auth, key["key"])).status_code == 200
    clock.advance(seconds=1)
    assert_problem(await exchange(auth, key["key"]), 400, "invalid_grant")


async def test_api_key_of_another_user_is_not_found(auth: AsyncClient, log_in: Login) -> None:
    headers = bearer(await log_in())
    key = await make(auth, headers)
    bob = {"email": "bob@example.com", "password": "a password of bob's"}
    await auth.post("/auth/register", json=bob)
    others = bearer((await auth.post("/auth/login", json=bob)).json())
    assert await listed(auth, others) == []
    answer = await auth.delete(f"/auth/api-keys/{key['id']}", headers=others)
    assert_problem(answer, 404, "api_key_not_found")
    assert (await exchange(auth, key["key"])).status_code == 200


async def test_api_keys_are_limited_per_user(
    auth: AsyncClient, log_in: Login, api_settings: ApiSettings
) -> None:
    headers = bearer(await log_in())
    for _ in range(api_settings.auth_api_keys_per_user):
        await make(auth, headers)
    answer = await auth.post("/auth/api-keys", json=READER, headers=headers)
    assert_problem(answer, 409, "too_many_api_keys")
    limit = api_settings.auth_api_keys_per_user
    assert (answer.json()["which"], answer.json()["limit"]) == ("api_keys", limit)


@pytest.mark.parametrize(
    "change",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"scopes": "videos:read"},
        {"name": ""},
        {"name": "  "},
        {"name": "x" * 101},
        {"name": "a\nb"},
        {"name": "\u0000"},
        {"name": "\u202egpj"},
        {"expires_in_days": 0},
        {"expires_in_days": 10**9},
    ],
    ids=repr,
)
async def test_invalid_api_key_request_is_refused(
    auth: AsyncClient, log_in: Login, change: dict[str, Any]
) -> None:
    answer = await auth.post(
        "/auth/api-keys", json={**READER, **change}, headers=bearer(await log_in())
    )
    assert_problem(answer, 422, "invalid_request")


@pytest.mark.parametrize("key", ["unknown", "fgk_" + "é" * 43])
async def test_unknown_key_is_refused(auth: AsyncClient, key: str) -> None:
    answer = await exchange(auth, key)
    assert_problem(answer, 400, "invalid_grant")


async def test_api_key_grant_needs_its_field(auth: AsyncClient) -> None:
    answer = await auth.post("/auth/token", data={"grant_type": GRANT})
    assert_problem(answer, 400, "invalid_request")
    assert blamed(answer) == [("body.api_key", "required", None)]


async def test_creating_an_api_key_needs_the_password_or_a_recent_login(
    auth: AsyncClient, log_in: Login, clock: HeldClock
) -> None:
    """A stolen token does not become a key that never ends."""
    clock.advance(minutes=-11)  # no token is of the future
    tokens = await log_in()
    plain = {"name": "script", "scopes": ["videos:read"]}
    clock.advance(minutes=10)
    made = await auth.post("/auth/api-keys", json=plain, headers=bearer(tokens))
    assert made.status_code == 201
    clock.advance(seconds=1)
    refused = await auth.post("/auth/api-keys", json=plain, headers=bearer(tokens))
    assert_problem(refused, 403, "password_required")
    assert blamed(refused) == [("body.current_password", "required", None)]
    # A refresh is no login.
    refresh = {"refresh_token": tokens["refresh_token"]}
    tokens = (await auth.post("/auth/refresh", json=refresh)).json()
    refused = await auth.post("/auth/api-keys", json=plain, headers=bearer(tokens))
    assert_problem(refused, 403, "password_required")
    for password, status in (("wrong password", 403), (PASSWORD, 201)):
        body = {**plain, "current_password": password}
        answer = await auth.post("/auth/api-keys", json=body, headers=bearer(tokens))
        assert answer.status_code == status


async def test_api_keys_expire_after_a_year_by_default(
    auth: AsyncClient, log_in: Login, clock: HeldClock
) -> None:
    headers = bearer(await log_in())
    for asked in ({}, {"expires_in_days": None}):
        body = {**CONFIRMED, **asked}
        key = (await auth.post("/auth/api-keys", json=body, headers=headers)).json()["key"]
        form = {"grant_type": GRANT, "api_key": key}
        clock.advance(days=365, seconds=-1)
        assert (await auth.post("/auth/token", data=form)).status_code == 200
        clock.advance(seconds=1)
        assert_problem(await auth.post("/auth/token", data=form), 400, "invalid_grant")
        clock.advance(days=-365)
