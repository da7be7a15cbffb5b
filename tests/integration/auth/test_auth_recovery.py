"""Mailed links: proving an address, choosing another password."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fixtures.auth import (
    PASSWORD,
    CountingHasher,
    Login,
    assert_problem,
    bearer,
    events,
    mailed_token,
    serve,
)
from fixtures.clocks import HeldClock
from fotograma_auth.app import create_api
from fotograma_auth.models import LinkRequest, OneTimeLink
from fotograma_auth.repository import UserRepository
from fotograma_auth.settings import ApiSettings
from fotograma_kit.database import Database
from httpx import AsyncClient, Response
from sqlalchemy import func, select, text

ANA = {"email": "ana@example.com", "password": PASSWORD}
NEW_PASSWORD = "another correct horse"
VERIFY, RESET = "user.verification_requested", "user.password_reset_requested"
ASK = {VERIFY: "/auth/verify/resend", RESET: "/auth/password/forgot"}


@pytest.fixture
async def strict(
    api_settings: ApiSettings, database: Database, hasher: CountingHasher, clock: HeldClock
) -> AsyncIterator[AsyncClient]:
    """An API that wants addresses proved."""
    settings = api_settings.model_copy(update={"auth_require_verified_email": True})
    async with serve(create_api(settings, hasher=hasher, now=clock)) as client:
        yield client


async def count(database: Database, table: Any) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def reset(auth: AsyncClient, token: str, password: str = NEW_PASSWORD) -> Response:
    return await auth.post("/auth/password/reset", json={"token": token, "password": password})


async def verify(auth: AsyncClient, token: str) -> Response:
    return await auth.post("/auth/verify", json={"token": token})


async def forgot(auth: AsyncClient, email: str = ANA["email"]) -> Response:
    return await auth.post("/auth/password/forgot", json={"email": email})


async def login(auth: AsyncClient, password: str) -> Response:
    return await auth.post("/auth/login", json={**ANA, "password": password})


async def test_login_requires_verification_where_configured(
    strict: AsyncClient, database: Database, clock: HeldClock
) -> None:
    await strict.post("/auth/register", json=ANA)
    assert_problem(await login(strict, PASSWORD), 403, "email_not_verified")
    assert_problem(await login(strict, "wrong password"), 401, "invalid_credentials")
    [event] = await events(database, VERIFY)
    assert event["email"] == ANA["email"]
    assert (await verify(strict, event["token"])).status_code == 204
    tokens = (await login(strict, PASSWORD)).json()
    assert (await strict.get("/auth/me", headers=bearer(tokens))).json()["verified_at"]
    assert_problem(await verify(strict, event["token"]), 400, "invalid_link")


async def test_verification_link_is_mailed_where_verification_is_optional(
    auth: AsyncClient, log_in: Login, database: Database, clock: HeldClock
) -> None:
    [first] = await events(database, VERIFY)
    assert first["email"] == ANA["email"]
    headers = bearer(await log_in())
    assert (await auth.get("/auth/me", headers=headers)).json()["verified_at"] is None
    await auth.post("/auth/verify/resend", json={"email": "ANA@example.com"})
    await verify(auth, await mailed_token(database, clock, VERIFY))
    assert (await auth.get("/auth/me", headers=headers)).json()["verified_at"]


async def test_requiring_verification_ends_unverified_sessions(
    strict: AsyncClient, auth: AsyncClient, log_in: Login
) -> None:
    body = {"refresh_token": (await log_in())["refresh_token"]}
    assert_problem(await strict.post("/auth/refresh", json=body), 401, "invalid_refresh_token")
    assert (await auth.post("/auth/refresh", json=body)).status_code == 200


@pytest.mark.parametrize("kind", [VERIFY, RESET])
async def test_known_and_unknown_addresses_are_answered_alike_after_the_same_work(
    auth: AsyncClient,
    log_in: Login,
    database: Database,
    clock: HeldClock,
    hasher: CountingHasher,
    kind: str,
) -> None:
    known = await auth.post(ASK[kind], json={"email": "Ana@example.com"})
    unknown = await auth.post(ASK[kind], json={"email": "nobody@example.com"})
    assert known.status_code == unknown.status_code == 202
    assert known.content == unknown.content
    # Nothing has looked the addresses up yet: what is written is a request for each of them.
    assert await count(database, LinkRequest) == 2
    assert await count(database, OneTimeLink) == 1  # the one of the registration
    before = len(await events(database, kind))
    await mailed_token(database, clock, kind)
    assert await count(database, LinkRequest) == 0
    assert await count(database, OneTimeLink) == 2
    assert len(await events(database, kind)) == before + 1
    assert hasher.verified == []


async def test_link_is_stored_as_a_hash(
    auth: AsyncClient, log_in: Login, database: Database, clock: HeldClock
) -> None:
    await forgot(auth)
    token = await mailed_token(database, clock, RESET)
    async with database.transaction() as session:
        stored = (await session.scalars(select(OneTimeLink.token_hash))).all()
    assert [len(token_hash) for token_hash in stored] == [32, 32]
    assert token.encode() not in b"".join(stored)


async def test_reset_changes_the_password_and_ends_every_session(
    auth: AsyncClient, log_in: Login, database: Database, clock: HeldClock
) -> None:
    session = await log_in()
    await forgot(auth)
    token = await mailed_token(database, clock, RESET)
    assert (await reset(auth, token)).status_code == 204
    assert_problem(await login(auth, PASSWORD), 401, "invalid_credentials")
    tokens = (await login(auth, NEW_PASSWORD)).json()
    refreshed = await auth.post("/auth/refresh", json={"refresh_token": session["refresh_token"]})
    assert_problem(refreshed, 401, "invalid_refresh_token")
    assert len(await events(database, "user.password_changed")) == 1
    # Who has read the mail has proved the address.
    assert (await auth.get("/auth/me", headers=bearer(tokens))).json()["verified_at"]


async def test_link_is_valid_once_and_revokes_others_of_its_purpose(
    auth: AsyncClient, log_in: Login, database: Database, clock: HeldClock
) -> None:
    await forgot(auth)
    first = await mailed_token(database, clock, RESET)
    await forgot(auth)
    second = await mailed_token(database, clock, RESET)
    assert (await reset(auth, first)).status_code == 204
    for used in (first, second):
        assert_problem(await reset(auth, used, "a third correct horse"), 400, "invalid_link")
    assert (await login(auth, NEW_PASSWORD)).status_code == 200


async def test_of_many_uses_at_once_one_succeeds(
    auth: AsyncClient, log_in: Login, database: Database, clock: HeldClock
) -> None:
    tokens = []
    for _ in range(2):
        await forgot(auth)
        tokens.append(await mailed_token(database, clock, RESET))
    answers = await asyncio.gather(*(reset(auth, token) for token in tokens * 4))
    assert sorted(a.status_code for a in answers) == [204] + [400] * 7


async def test_bad_password_does_not_use_the_link_up(
    auth: AsyncClient, log_in: Login, database: Database, clock: HeldClock
) -> None:
    await forgot(auth)
    token = await mailed_token(database, clock, RESET)
    assert_problem(await reset(auth, token, "short"), 422, "password_too_short")
    assert_problem(await reset(auth, token, "Password1234"), 422, "password_too_common")
    assert (await reset(auth, token)).status_code == 204


@pytest.mark.parametrize(("kind", "seconds"), [(VERIFY, 24 * 3600), (RESET, 3600)])
async def test_reset_link_expires(
    auth: AsyncClient,
    log_in: Login,
    database: Database,
    clock: HeldClock,
    kind: str,
    seconds: int,
) -> None:
    await auth.post(ASK[kind], json={"email": ANA["email"]})
    token = await mailed_token(database, clock, kind)
    use = verify if kind == VERIFY else reset
    clock.advance(seconds=seconds)
    assert_problem(await use(auth, token), 400, "invalid_link")
    clock.advance(seconds=-1)
    assert (await use(auth, token)).status_code == 204


async def test_link_is_for_its_purpose_only(
    auth: AsyncClient, log_in: Login, database: Database, clock: HeldClock
) -> None:
    await forgot(auth)
    token = await mailed_token(database, clock, RESET)
    assert_problem(await verify(auth, token), 400, "invalid_link")
    assert (await reset(auth, token)).status_code == 204


@pytest.mark.parametrize("token", ["", "unknown", "é" * 43])
async def test_unknown_link_is_refused(auth: AsyncClient, token: str) -> None:
    assert_problem(await reset(auth, token), 400, "invalid_link")
    assert_problem(await verify(auth, token), 400, "invalid_link")


async def test_everybody_who_asks_for_links_is_answered_alike(
    auth: AsyncClient, log_in: Login
) -> None:
    """However often: what a stranger asks for keeps nobody from asking."""
    for email in (ANA["email"], "nobody@example.com"):
        assert [(await forgot(auth, email)).status_code for _ in range(20)] == [202] * 20


async def test_invalid_addresses_are_refused(auth: AsyncClient) -> None:
    assert_problem(await forgot(auth, "nobody"), 422, "invalid_email")


async def test_password_is_changed_and_other_sessions_end(
    auth: AsyncClient, log_in: Login, database: Database
) -> None:
    here, there = await log_in(), await log_in()
    body = {"current_password": PASSWORD, "password": NEW_PASSWORD}
    answer = await auth.post("/auth/password/change", json=body, headers=bearer(here))
    assert answer.status_code == 204
    assert_problem(await login(auth, PASSWORD), 401, "invalid_credentials")
    assert (await login(auth, NEW_PASSWORD)).status_code == 200
    for tokens, status in ((here, 200), (there, 401)):
        again = {"refresh_token": tokens["refresh_token"]}
        assert (await auth.post("/auth/refresh", json=again)).status_code == status
    assert len(await events(database, "user.password_changed")) == 1


async def test_password_change_revokes_mailed_links(
    auth: AsyncClient, log_in: Login, database: Database, clock: HeldClock
) -> None:
    await forgot(auth)
    token = await mailed_token(database, clock, RESET)
    body = {"current_password": PASSWORD, "password": NEW_PASSWORD}
    await auth.post("/auth/password/change", json=body, headers=bearer(await log_in()))
    assert_problem(await reset(auth, token), 400, "invalid_link")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"current_password": "wrong password"}, 403, "wrong_password"),
        ({"password": "short"}, 422, "password_too_short"),
        ({"password": "Password1234"}, 422, "password_too_common"),
        ({"password": "x" * 257}, 422, "password_too_long"),
        ({"password": None}, 422, "invalid_request"),
    ],
)
async def test_bad_change_of_password_changes_nothing(
    auth: AsyncClient, log_in: Login, change: dict[str, Any], status: int, code: str
) -> None:
    tokens = await log_in()
    body = {"current_password": PASSWORD, "password": NEW_PASSWORD, **change}
    answer = await auth.post("/auth/password/change", json=body, headers=bearer(tokens))
    assert_problem(answer, status, code)
    assert (await login(auth, PASSWORD)).status_code == 200


async def test_link_mailer_skips_requests_with_unknown_purposes(
    auth: AsyncClient, database: Database, clock: HeldClock
) -> None:
    await auth.post("/auth/register", json=ANA)
    async with database.transaction() as session:
        foreign = "INSERT INTO link_requests (purpose, email, created_at) VALUES ('x', 'x', now())"
        await session.execute(text(foreign))
    await forgot(auth)
    token = await mailed_token(database, clock, RESET)
    assert (await reset(auth, token)).status_code == 204
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT purpose FROM link_requests")) == "x"


async def test_link_mailer_leaves_a_failing_request_and_answers_the_others(
    auth: AsyncClient, database: Database, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await auth.post("/auth/register", json=ANA)
    await forgot(auth, "bad@example.com")
    await forgot(auth)
    found = UserRepository.find_by_address

    async def failing(users: UserRepository, email: str) -> Any:
        if email.startswith("bad"):
            raise ValueError("a defect")
        return await found(users, email)

    monkeypatch.setattr(UserRepository, "find_by_address", failing)
    assert await mailed_token(database, clock, RESET)
    assert await count(database, LinkRequest) == 1
