"""Mails to unverified addresses, and what other services are sent about verification."""

from datetime import UTC, datetime
from typing import Any

import pytest
from fixtures.auth import PASSWORD, Login, assert_problem, bearer, events, link_mailer, mailed_token
from fixtures.clocks import HeldClock
from fotograma_auth.models import User
from fotograma_auth.verification_sync import VerificationSync
from fotograma_kit.database import Database
from httpx import AsyncClient, Response
from sqlalchemy import select, update

STRANGER = "stranger@example.com"
VERIFY, RESET = "user.verification_requested", "user.password_reset_requested"


async def links(database: Database) -> int:
    """How many links were made, whatever for."""
    return len(await events(database, VERIFY)) + len(await events(database, RESET))


async def register(auth: AsyncClient, email: str = STRANGER) -> Response:
    return await auth.post("/auth/register", json={"email": email, "password": PASSWORD})


async def headers_of(auth: AsyncClient, email: str) -> dict[str, str]:
    account = {"email": email, "password": PASSWORD}
    return bearer((await auth.post("/auth/login", json=account)).json())


async def ask_for_all(auth: AsyncClient, database: Database, clock: HeldClock) -> None:
    """As many links of both kinds as the API takes requests for."""
    for _ in range(3):
        for path in ("/auth/verify/resend", "/auth/password/forgot"):
            await auth.post(path, json={"email": STRANGER})
    await link_mailer(database, clock).work()


async def test_unverified_address_gets_three_links_an_hour_and_six_a_day(
    auth: AsyncClient, database: Database, clock: HeldClock
) -> None:
    await register(auth)
    made = []
    for _ in range(4):
        await ask_for_all(auth, database, clock)
        made.append(await links(database))
        clock.advance(hours=1, seconds=1)
    assert made == [3, 6, 6, 6]
    clock.advance(days=1)
    await ask_for_all(auth, database, clock)
    assert await links(database) == 9


async def test_link_budget_survives_deleting_the_account(
    auth: AsyncClient, database: Database
) -> None:
    answers = []
    for _ in range(10):
        answers.append(await register(auth))
        if answers[-1].status_code == 201:
            body, headers = {"password": PASSWORD}, await headers_of(auth, STRANGER)
            await auth.request("DELETE", "/auth/me", json=body, headers=headers)
    assert [answer.status_code for answer in answers] == [201] * 3 + [429] * 7
    assert_problem(answers[-1], 429, "too_many_attempts")
    assert await links(database) == 3


async def test_link_budget_is_shared_by_accounts_that_request_an_address(
    auth: AsyncClient, database: Database
) -> None:
    codes = []
    for number in range(5):
        email = f"attacker{number}@example.com"
        await register(auth, email)
        change = {"email": STRANGER, "current_password": PASSWORD}
        headers = await headers_of(auth, email)
        codes.append((await auth.patch("/auth/me", json=change, headers=headers)).status_code)
    assert codes == [200] * 3 + [429] * 2
    mailed = [event["email"] for event in await events(database, VERIFY)]
    assert mailed.count(STRANGER) == 3


async def test_link_budget_does_not_limit_a_verified_address(
    auth: AsyncClient, log_in: Login, database: Database, clock: HeldClock
) -> None:
    [link] = await events(database, VERIFY)
    await auth.post("/auth/verify", json={"token": link["token"]})
    for _ in range(5):
        await auth.post("/auth/password/forgot", json={"email": "ana@example.com"})
        await link_mailer(database, clock).work()
        clock.advance(minutes=10)
    assert len(await events(database, RESET)) == 5


@pytest.mark.parametrize("kind", [VERIFY, RESET])
async def test_either_link_verifies_the_address_and_publishes_it(
    auth: AsyncClient, log_in: Login, database: Database, clock: HeldClock, kind: str
) -> None:
    [registered] = await events(database, "user.registered")
    assert registered["verified"] is False
    if kind == VERIFY:
        [link] = await events(database, VERIFY)
        answer = await auth.post("/auth/verify", json={"token": link["token"]})
    else:
        await auth.post("/auth/password/forgot", json={"email": "ana@example.com"})
        body = {"token": await mailed_token(database, clock, RESET), "password": PASSWORD}
        answer = await auth.post("/auth/password/reset", json=body)
    assert answer.status_code == 204
    [told] = await events(database, "user.updated")
    assert (told["revision"], told["verified"]) == (2, True)
    await VerificationSync(database, 10).work()
    assert len(await events(database, "user.updated")) == 1


async def test_address_change_is_not_mailed_to_an_unverified_old_address(
    auth: AsyncClient, log_in: Login, database: Database
) -> None:
    change = {"email": "new@example.com", "current_password": PASSWORD}
    await auth.patch("/auth/me", json=change, headers=bearer(await log_in()))
    [_, link] = await events(database, VERIFY)
    await auth.post("/auth/verify", json={"token": link["token"]})
    [told] = await events(database, "user.updated")
    assert (told["email"], told["verified"]) == ("new@example.com", True)
    assert await events(database, "user.email_changed") == []


async def change_users(database: Database, email: str, **values: Any) -> None:
    """As the release before leaves a row, which knows nothing of `published_verified`."""
    async with database.transaction() as session:
        await session.execute(update(User).where(User.email == email).values(**values))


async def test_users_of_the_release_before_are_published_again(
    auth: AsyncClient, database: Database
) -> None:
    for name in ("a", "b", "c"):
        await register(auth, f"{name}@example.com")
    now = datetime.now(UTC)
    await change_users(database, "a@example.com", published_verified=None)
    await change_users(database, "b@example.com", published_verified=None, verified_at=now)

    for _ in range(4):  # one user a round
        await VerificationSync(database, 1).work()
    told = {e["email"]: (e["revision"], e["verified"]) for e in await updates(database)}
    assert told == {"a@example.com": (2, False), "b@example.com": (2, True)}
    assert len(await updates(database)) == 2

    # A replica of the release before takes a link while both run.
    await change_users(database, "c@example.com", verified_at=now)
    await VerificationSync(database, 10).work()
    newest = (await updates(database))[-1]
    assert (newest["email"], newest["revision"], newest["verified"]) == ("c@example.com", 2, True)
    async with database.transaction() as session:
        assert set(await session.scalars(select(User.revision))) == {2}


async def updates(database: Database) -> list[dict[str, Any]]:
    return await events(database, "user.updated")
