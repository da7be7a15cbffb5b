import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from fixtures.auth import PASSWORD, CountingHasher, assert_problem, serve
from fotograma_auth.app import create_api
from fotograma_auth.models import OutboxMessage, User
from fotograma_auth.settings import ApiSettings
from fotograma_contracts.users import Locale
from fotograma_kit.body_limit import MAX_BODY_BYTES
from fotograma_kit.database import Database
from httpx import AsyncClient
from prometheus_client import REGISTRY
from sqlalchemy import select, text

ANA = {"email": "Ana@Example.com", "password": PASSWORD}


async def rows(database: Database, table: Any) -> list[Any]:
    async with database.transaction() as session:
        return list((await session.scalars(select(table))).all())


async def test_registration_returns_the_user(auth: AsyncClient) -> None:
    answer = await auth.post("/auth/register", json=ANA)
    assert answer.status_code == 201
    user = answer.json()
    assert set(user) == {"id", "email", "role", "locale", "created_at", "verified_at"}
    assert (user["email"], user["role"], user["locale"]) == ("Ana@example.com", "user", "en")


async def test_what_is_not_the_users_to_say_changes_nothing(auth: AsyncClient) -> None:
    said = {"id": str(uuid4()), "role": "admin", "verified_at": "2020-01-01T00:00:00Z"}
    user = (await auth.post("/auth/register", json={**ANA, **said})).json()
    assert (user["role"], user["verified_at"]) == ("user", None)
    assert user["id"] != said["id"]


@pytest.mark.parametrize(
    ("body", "header", "locale"),
    [
        ({"locale": "pt"}, "en", "pt"),
        ({"locale": None}, "pt-BR,en;q=0.5", "pt"),
        ({}, "fr", "en"),
    ],
)
async def test_locale_comes_from_the_body_or_the_header(
    auth: AsyncClient, body: dict[str, Any], header: str, locale: str
) -> None:
    answer = await auth.post(
        "/auth/register", json={**ANA, **body}, headers={"Accept-Language": header}
    )
    assert answer.json()["locale"] == locale


async def test_only_a_hash_of_the_password_is_stored(auth: AsyncClient, database: Database) -> None:
    await auth.post("/auth/register", json=ANA)
    [user] = await rows(database, User)
    assert user.password_hash == "1:" + PASSWORD[::-1]


async def test_event_is_stored_with_the_user(auth: AsyncClient, database: Database) -> None:
    user = (await auth.post("/auth/register", json={**ANA, "locale": "pt"})).json()
    row, link = await rows(database, OutboxMessage)
    event = json.loads(row.body)
    assert (row.routing_key, link.routing_key) == ("user.registered", "user.verification_requested")
    assert event["verified"] is False
    assert (event["user_id"], event["revision"]) == (user["id"], 1)
    assert (event["email"], event["locale"]) == ("Ana@example.com", "pt")


@pytest.mark.parametrize("locale", Locale)
async def test_each_locale_of_the_contract_can_be_registered(
    auth: AsyncClient, locale: Locale
) -> None:
    """The migrated table's constraint lists them: another one needs a migration."""
    answer = await auth.post("/auth/register", json={**ANA, "locale": locale})
    assert (answer.status_code, answer.json()["locale"]) == (201, locale)


async def test_registration_and_its_event_are_one_transaction(
    auth: AsyncClient, database: Database
) -> None:
    """The two are one transaction: where the second write fails, the first has not happened."""
    async with database.transaction() as session:
        await session.execute(text("ALTER TABLE outbox ADD CONSTRAINT closed CHECK (false)"))
    try:
        answer = await auth.post("/auth/register", json=ANA)
    finally:
        async with database.transaction() as session:
            await session.execute(text("ALTER TABLE outbox DROP CONSTRAINT closed"))
    assert_problem(answer, 500, "internal_error")
    assert await rows(database, User) == []


@pytest.mark.parametrize("email", ["ana@example.com", "ANA@EXAMPLE.COM", " Ana@Example.com "])
async def test_taken_address_is_refused_whatever_its_case(
    auth: AsyncClient, database: Database, email: str
) -> None:
    await auth.post("/auth/register", json=ANA)
    answer = await auth.post("/auth/register", json={**ANA, "email": email})
    assert_problem(answer, 409, "email_taken")
    assert len(await rows(database, OutboxMessage)) == 2  # the event and the link of the first


async def test_simultaneous_registrations_of_an_address_succeed_once(
    auth: AsyncClient, database: Database
) -> None:
    answers = await asyncio.gather(*(auth.post("/auth/register", json=ANA) for _ in range(8)))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 7
    assert (len(await rows(database, User)), len(await rows(database, OutboxMessage))) == (1, 2)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"password": "x" * 11}, "password_too_short"),
        ({"password": "x" * 257}, "password_too_long"),
        ({"password": "Password1234!"}, "password_too_common"),
        ({"password": "x" * 1025}, "invalid_request"),
        ({"password": None}, "invalid_request"),
        ({"password": 123456789012}, "invalid_request"),
        ({"email": "ana"}, "invalid_email"),
        ({"email": "ana@" + "x" * 400 + ".com"}, "invalid_request"),
        ({"locale": "fr"}, "invalid_request"),
    ],
)
async def test_invalid_registrations_are_refused(
    auth: AsyncClient, database: Database, change: dict[str, Any], code: str
) -> None:
    assert_problem(await auth.post("/auth/register", json={**ANA, **change}), 422, code)
    assert await rows(database, User) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"email": "ana@example.com", "password": "secret-\\ud800-secret"}',
        b'{"email": "ana@example.com", "password": ["secret-in-a-list"]}',
        b'{"email": "ana@example.com", "password": {"secret": "secret-in-an-object"}}',
        b'{"email": "ana@example.com", "password": "secret-\xff-not-utf-8"}',
        b'{"email": "secret-\\u0000@example.com", "password": "' + b"x" * 12 + b'"}',
    ],
)
async def test_malformed_body_is_refused_without_echoing_it(auth: AsyncClient, body: bytes) -> None:
    answer = await auth.post(
        "/auth/register", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text


async def test_registrations_are_counted(auth: AsyncClient) -> None:
    before = REGISTRY.get_sample_value("fotograma_auth_registrations_total") or 0
    for _ in range(2):
        await auth.post("/auth/register", json=ANA)
    assert REGISTRY.get_sample_value("fotograma_auth_registrations_total") == before + 1
    assert "fotograma_auth_registrations_total" in (await auth.get("/metrics")).text


async def test_huge_body_is_refused(auth: AsyncClient) -> None:
    answer = await auth.post("/auth/register", json={**ANA, "password": "x" * MAX_BODY_BYTES})
    assert_problem(answer, 413, "content_too_large")


async def test_huge_body_of_unknown_length_is_refused(auth: AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b" " * (MAX_BODY_BYTES // 256)

    answer = await auth.post("/auth/register", content=endless())
    assert_problem(answer, 413, "content_too_large")


async def test_rules_of_accounts_are_told_beforehand(
    auth: AsyncClient, api_settings: ApiSettings, hasher: CountingHasher
) -> None:
    rules = {
        "registration_open": True,
        "verified_email_required": False,
        "password_min_characters": 12,
        "password_max_characters": 256,
    }
    answer = await auth.get("/auth/settings")
    assert answer.json() == rules
    assert answer.headers["cache-control"] == "public, max-age=60"
    strict = api_settings.model_copy(
        update={"auth_registration_open": False, "auth_require_verified_email": True}
    )
    async with serve(create_api(strict, hasher=hasher)) as client:
        told = (await client.get("/auth/settings")).json()
    assert told == {**rules, "registration_open": False, "verified_email_required": True}


async def test_nobody_registers_where_registration_is_closed(
    api_settings: ApiSettings, hasher: CountingHasher, database: Database
) -> None:
    closed = api_settings.model_copy(update={"auth_registration_open": False})
    async with serve(create_api(closed, hasher=hasher)) as client:
        answer = await client.post("/auth/register", json=ANA)
    assert_problem(answer, 403, "registration_closed")
    assert await rows(database, User) == []
