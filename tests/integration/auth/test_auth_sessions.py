import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fixtures.auth import PASSWORD, CountingHasher, Login, assert_problem, serve
from fixtures.clocks import HeldClock
from fotograma_auth.app import create_api
from fotograma_auth.domain import secret_hash
from fotograma_auth.janitor import Janitor
from fotograma_auth.models import RefreshToken, TokenFamily, User
from fotograma_auth.settings import ApiSettings
from fotograma_kit.database import Database
from fotograma_kit.problems import Unavailable
from httpx import AsyncClient, Response
from prometheus_client import REGISTRY
from sqlalchemy import func, select, update

Refresh = Callable[[str], Any]
DAYS = 30
GRACE_SECONDS = 10


@pytest.fixture
def refresh(auth: AsyncClient) -> Refresh:
    async def exchange(token: str) -> Response:
        return await auth.post("/auth/refresh", json={"refresh_token": token})

    return exchange


async def refreshed(refresh: Refresh, token: str) -> str:
    answer = await refresh(token)
    assert answer.status_code == 200
    return str(answer.json()["refresh_token"])


def counted(metric: str, outcome: str) -> float:
    return REGISTRY.get_sample_value(f"fotograma_auth_{metric}_total", {"outcome": outcome}) or 0


async def count(database: Database, table: Any) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_login_answers_tokens_that_may_not_be_cached(
    auth: AsyncClient, log_in: Login
) -> None:
    answer = await auth.post(
        "/auth/login", json={"email": " ANA@example.com", "password": PASSWORD}
    )
    assert answer.status_code == 200
    tokens = answer.json()
    assert set(tokens) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
    assert answer.headers["cache-control"] == "no-store"


async def test_access_token_identifies_its_user(auth: AsyncClient, log_in: Login) -> None:
    tokens = await log_in()
    answer = await auth.get(
        "/auth/me", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert answer.status_code == 200
    assert (answer.json()["email"], answer.json()["role"]) == ("ana@example.com", "user")


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ana@example.com", "wrong password"),
        ("ana@example.com", ""),
        ("ana@example.com", PASSWORD + "x" * 300),
        ("nobody@example.com", PASSWORD),
        ("not an address", PASSWORD),
        ("", ""),
    ],
)
async def test_unknown_and_known_addresses_are_refused_alike_after_the_same_work(
    auth: AsyncClient, log_in: Login, hasher: CountingHasher, email: str, password: str
) -> None:
    answer = await auth.post("/auth/login", json={"email": email, "password": password})
    assert_problem(answer, 401, "invalid_credentials")
    assert set(answer.json()) == {"type", "title", "status", "code"}
    assert len(hasher.verified) == 1


async def test_old_hash_is_replaced_on_login(
    auth: AsyncClient, log_in: Login, hasher: CountingHasher, database: Database
) -> None:
    hasher.version = "2"
    await log_in()
    async with database.transaction() as session:
        user = (await session.scalars(select(User))).one()
    assert user.password_hash == "2:" + PASSWORD[::-1]
    await log_in()


async def test_logins_are_counted(auth: AsyncClient, log_in: Login) -> None:
    accepted, refused = counted("logins", "accepted"), counted("logins", "refused")
    await log_in()
    await auth.post("/auth/login", json={"email": "ana@example.com", "password": "wrong"})
    assert counted("logins", "accepted") == accepted + 1
    assert counted("logins", "refused") == refused + 1


async def test_logins_beyond_the_hash_queue_are_unavailable(
    api_settings: ApiSettings, database: Database
) -> None:
    class Overloaded(CountingHasher):
        async def verify(self, _password: str, _password_hash: str | None) -> bool:
            raise Unavailable

    async with serve(create_api(api_settings, hasher=Overloaded())) as client:
        answer = await client.post(
            "/auth/login", json={"email": "ana@example.com", "password": PASSWORD}
        )
    assert_problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"]


async def test_refresh_token_is_stored_as_a_hash(log_in: Login, database: Database) -> None:
    token = (await log_in())["refresh_token"]
    async with database.transaction() as session:
        stored = (await session.scalars(select(RefreshToken.token_hash))).one()
    assert len(stored) == 32
    assert token.encode() not in stored


async def test_refresh_rotates_the_token(
    auth: AsyncClient, log_in: Login, refresh: Refresh
) -> None:
    first = await log_in()
    answer = await refresh(first["refresh_token"])
    second = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert await refreshed(refresh, second["refresh_token"])


async def test_refresh_token_reuse_revokes_its_family_only(log_in: Login, refresh: Refresh) -> None:
    stolen, other = (await log_in())["refresh_token"], (await log_in())["refresh_token"]
    second = await refreshed(refresh, stolen)
    third = await refreshed(refresh, second)
    reused = counted("refreshes", "reused")
    assert_problem(await refresh(stolen), 401, "invalid_refresh_token")
    for token in (second, third):
        assert_problem(await refresh(token), 401, "invalid_refresh_token")
    assert counted("refreshes", "reused") == reused + 1
    assert await refreshed(refresh, other)


async def test_lost_answer_is_given_again_however_late(
    log_in: Login, refresh: Refresh, clock: HeldClock
) -> None:
    token = (await log_in())["refresh_token"]
    lost = await refreshed(refresh, token)
    clock.advance(days=DAYS, seconds=-1)
    again = await refreshed(refresh, token)
    assert again == lost
    clock.advance(days=DAYS, seconds=-1)  # it lives as long as one that was given once
    assert await refreshed(refresh, again)


async def test_successor_that_was_deleted_counts_as_used(
    log_in: Login, refresh: Refresh, database: Database
) -> None:
    token = (await log_in())["refresh_token"]
    successor = await refreshed(refresh, token)
    async with database.transaction() as session:
        await session.delete(await session.get_one(RefreshToken, secret_hash(successor)))
    assert_problem(await refresh(token), 401, "invalid_refresh_token")


async def test_simultaneous_refreshes_all_get_the_same_successor(
    log_in: Login, refresh: Refresh
) -> None:
    token = (await log_in())["refresh_token"]
    rotated, repeated = counted("refreshes", "rotated"), counted("refreshes", "repeated")
    [child] = set(await asyncio.gather(*(refreshed(refresh, token) for _ in range(8))))
    assert counted("refreshes", "rotated") == rotated + 1
    assert counted("refreshes", "repeated") == repeated + 7
    assert await refreshed(refresh, child)


async def test_no_successor_can_be_told_from_what_is_stored(
    log_in: Login, refresh: Refresh, database: Database
) -> None:
    token = (await log_in())["refresh_token"]
    successor = await refreshed(refresh, token)
    async with database.transaction() as session:
        rows = (await session.scalars(select(RefreshToken))).all()
    assert len({row.successor_key for row in rows}) == len(rows) == 2
    for row in rows:
        assert successor.encode() not in (row.token_hash, row.successor_key)


async def forget_successors(database: Database) -> None:
    """Leave the tokens as the release before exchanges them."""
    async with database.transaction() as session:
        await session.execute(update(RefreshToken).values(successor_key=None))


async def test_what_the_release_before_exchanged_may_be_repeated_within_the_grace(
    log_in: Login, refresh: Refresh, clock: HeldClock, database: Database
) -> None:
    token = (await log_in())["refresh_token"]
    lost = await refreshed(refresh, token)
    await forget_successors(database)
    clock.advance(seconds=GRACE_SECONDS)
    second = await refreshed(refresh, token)
    assert second != lost
    clock.advance(minutes=15)
    assert await refreshed(refresh, lost)  # two tabs that refreshed at once both go on
    assert await refreshed(refresh, token) == second
    assert await refreshed(refresh, second)


async def test_what_the_release_before_exchanged_is_reused_after_the_grace(
    log_in: Login, refresh: Refresh, clock: HeldClock, database: Database
) -> None:
    token = (await log_in())["refresh_token"]
    child = await refreshed(refresh, token)
    await forget_successors(database)
    clock.advance(seconds=GRACE_SECONDS + 1)
    assert_problem(await refresh(token), 401, "invalid_refresh_token")
    assert_problem(await refresh(child), 401, "invalid_refresh_token")


async def test_refresh_token_expires_and_each_successor_lives_anew(
    log_in: Login, refresh: Refresh, clock: HeldClock
) -> None:
    token = (await log_in())["refresh_token"]
    clock.advance(days=DAYS, seconds=-1)
    token = await refreshed(refresh, token)
    clock.advance(days=DAYS, seconds=-1)
    token = await refreshed(refresh, token)
    clock.advance(days=DAYS)
    assert_problem(await refresh(token), 401, "invalid_refresh_token")


@pytest.mark.parametrize("token", ["", "unknown", "é" * 43])
async def test_unknown_refresh_token_is_refused(refresh: Refresh, token: str) -> None:
    assert_problem(await refresh(token), 401, "invalid_refresh_token")


async def test_logging_out_ends_the_session_and_no_other(
    auth: AsyncClient, log_in: Login, refresh: Refresh
) -> None:
    first, other = (await log_in())["refresh_token"], (await log_in())["refresh_token"]
    second = await refreshed(refresh, first)
    for _ in range(2):
        answer = await auth.post("/auth/logout", json={"refresh_token": second})
        assert (answer.status_code, answer.content) == (204, b"")
    for token in (first, second):  # the first, too, whose successor was not used
        assert_problem(await refresh(token), 401, "invalid_refresh_token")
    assert await refreshed(refresh, other)


async def test_used_token_logs_out_its_session_too(
    auth: AsyncClient, log_in: Login, refresh: Refresh
) -> None:
    first = (await log_in())["refresh_token"]
    second = await refreshed(refresh, first)
    await auth.post("/auth/logout", json={"refresh_token": first})
    assert_problem(await refresh(second), 401, "invalid_refresh_token")


async def test_logout_with_an_unknown_token_succeeds(auth: AsyncClient) -> None:
    answer = await auth.post("/auth/logout", json={"refresh_token": "unknown"})
    assert answer.status_code == 204


async def test_logout_and_a_refresh_at_once_leave_the_session_ended(
    auth: AsyncClient, log_in: Login, refresh: Refresh
) -> None:
    token = (await log_in())["refresh_token"]
    answers = await asyncio.gather(
        *(refresh(token) for _ in range(4)),
        auth.post("/auth/logout", json={"refresh_token": token}),
        *(refresh(token) for _ in range(4)),
    )
    children = [a.json()["refresh_token"] for a in answers if a.status_code == 200]
    for child in [token, *children]:
        assert_problem(await refresh(child), 401, "invalid_refresh_token")


async def test_janitor_deletes_what_has_expired_and_nothing_else(
    log_in: Login, refresh: Refresh, clock: HeldClock, database: Database
) -> None:
    abandoned, living = (await log_in())["refresh_token"], (await log_in())["refresh_token"]
    clock.advance(days=DAYS, seconds=-1)
    living = await refreshed(refresh, living)
    clock.advance(seconds=2)
    await Janitor(database, timedelta(days=365), clock).sweep()
    assert await count(database, TokenFamily) == await count(database, RefreshToken) == 1
    assert_problem(await refresh(abandoned), 401, "invalid_refresh_token")
    assert await refreshed(refresh, living)
