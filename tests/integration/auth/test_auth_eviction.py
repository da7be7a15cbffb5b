"""Recovery evicts an intruder: who knew the password once, or had a token, has nothing left."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
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
)
from fixtures.clocks import HeldClock
from fotograma_auth.administration import Operators
from fotograma_auth.models import Base
from fotograma_contracts.users import Locale
from fotograma_kit.database import Database
from httpx import AsyncClient, Response
from sqlalchemy import LargeBinary, text

pytestmark = pytest.mark.middle

ANA = {"email": "ana@example.com", "password": PASSWORD}
NEW_PASSWORD = "another correct horse"
INTRUDERS_PASSWORD = "a password of the intruder"
GRANT = "urn:fotograma:grant-type:api-key"
VERIFY = "user.verification_requested"
RESET = "user.password_reset_requested"
ASKED = "user.email_change_requested"
KEY = {"name": "intruder's", "scopes": ["videos:read"], "current_password": PASSWORD}
ELSEWHERE = {"email": "intruder@example.org", "current_password": PASSWORD}


@dataclass(frozen=True)
class Intruder:
    """Everything that somebody can have of an account whose password they knew once."""

    tokens: dict[str, Any]
    api_key: str
    change_of_address: str

    async def tries(self, auth: AsyncClient) -> dict[str, int]:
        """The status of each way back in."""
        headers = bearer(self.tokens)
        refresh = {"refresh_token": self.tokens["refresh_token"]}
        grant = {"grant_type": GRANT, "api_key": self.api_key}
        requests = {
            "refresh": auth.post("/auth/refresh", json=refresh),
            "key": auth.post("/auth/token", data=grant),
            "another key": auth.post("/auth/api-keys", json=KEY, headers=headers),
            "address": auth.post("/auth/verify", json={"token": self.change_of_address}),
            "login": auth.post("/auth/login", json=ANA),
            "end sessions": auth.post("/auth/logout-all", headers=headers),
        }
        return {name: (await request).status_code for name, request in requests.items()}


OUT = {
    "refresh": 401,
    "key": 400,
    "another key": 401,
    "address": 400,
    "login": 401,
    "end sessions": 401,
}


@pytest.fixture
async def intruder(auth: AsyncClient, log_in: Login, database: Database) -> Intruder:
    tokens = await log_in()
    await confirm_addresses(database)
    key = await auth.post("/auth/api-keys", json=KEY, headers=bearer(tokens))
    await auth.patch("/auth/me", json=ELSEWHERE, headers=bearer(tokens))
    mail = (await events(database, VERIFY))[-1]
    return Intruder(tokens, key.json()["key"], mail["token"])


async def confirm_addresses(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("UPDATE users SET verified_at = now()"))


async def change_password(auth: AsyncClient, tokens: dict[str, Any], **options: Any) -> Response:
    body = {"current_password": PASSWORD, "password": NEW_PASSWORD, **options}
    return await auth.post("/auth/password/change", json=body, headers=bearer(tokens))


async def reset(auth: AsyncClient, token: str, password: str = NEW_PASSWORD) -> Response:
    return await auth.post("/auth/password/reset", json={"token": token, "password": password})


async def test_password_change_evicts_an_intruder(
    auth: AsyncClient, log_in: Login, intruder: Intruder
) -> None:
    owner = await log_in()
    assert (await change_password(auth, owner, revoke_api_keys=True)).status_code == 204
    assert await intruder.tries(auth) == OUT
    assert (await auth.get("/auth/me", headers=bearer(owner))).status_code == 200


async def test_password_reset_evicts_an_intruder(
    auth: AsyncClient, database: Database, clock: HeldClock, intruder: Intruder
) -> None:
    await auth.post("/auth/password/forgot", json={"email": ANA["email"]})
    assert (await reset(auth, await mailed_token(database, clock, RESET))).status_code == 204
    assert await intruder.tries(auth) == OUT


async def test_pending_change_of_address_does_not_survive_the_password_it_was_asked_with(
    auth: AsyncClient, log_in: Login, database: Database, clock: HeldClock, intruder: Intruder
) -> None:
    """The whole takeover: the owner changes and resets, then the intruder opens the old link."""
    assert (await change_password(auth, await log_in())).status_code == 204
    await auth.post("/auth/password/forgot", json={"email": ANA["email"]})
    token = await mailed_token(database, clock, RESET)
    assert (await reset(auth, token, "a third correct horse")).status_code == 204
    link = {"token": intruder.change_of_address}
    assert_problem(await auth.post("/auth/verify", json=link), 400, "invalid_link")
    await auth.post("/auth/password/forgot", json={"email": ELSEWHERE["email"]})
    await mailed_token(database, clock, RESET)
    assert len(await events(database, RESET)) == 1
    answer = await auth.post(
        "/auth/login", json={"email": ANA["email"], "password": "a third correct horse"}
    )
    assert answer.status_code == 200


async def test_password_change_keeps_api_keys_by_default_and_publishes_them(
    auth: AsyncClient, log_in: Login, database: Database, intruder: Intruder
) -> None:
    assert (await change_password(auth, await log_in())).status_code == 204
    assert await intruder.tries(auth) == {**OUT, "key": 200}
    [told] = await events(database, "user.password_changed")
    assert told["api_keys_deleted"] == []
    [kept] = told["api_keys_kept"]
    assert (kept["name"], intruder.api_key.startswith(kept["prefix"])) == ("intruder's", True)


async def test_api_keys_deleted_with_a_password_are_published_and_on_the_audit_trail(
    auth: AsyncClient, log_in: Login, database: Database, intruder: Intruder
) -> None:
    owner = await log_in()
    await change_password(auth, owner, revoke_api_keys=True)
    [told] = await events(database, "user.password_changed")
    assert [key["name"] for key in told["api_keys_deleted"]] == ["intruder's"]
    assert told["api_keys_kept"] == []
    trail = (await auth.get("/auth/audit", headers=bearer(owner))).json()["items"]
    assert {"password_changed", "api_key_revoked"} <= {entry["event"] for entry in trail[:2]}


async def test_login_during_a_password_change_is_refused(
    auth: AsyncClient, log_in: Login, hasher: CountingHasher
) -> None:
    owner = await log_in()
    hasher.meanwhile = lambda: change_password(auth, owner)
    assert_problem(await auth.post("/auth/login", json=ANA), 401, "invalid_credentials")
    new = {**ANA, "password": NEW_PASSWORD}
    hasher.version = "2"  # the stored hash is replaced by a fresh one, which is no other password
    assert (await auth.post("/auth/login", json=new)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/auth/api-keys", KEY),
        ("PATCH", "/auth/me", ELSEWHERE),
        ("DELETE", "/auth/me", {"password": PASSWORD}),
        (
            "POST",
            "/auth/password/change",
            {"current_password": PASSWORD, "password": INTRUDERS_PASSWORD},
        ),
    ],
    ids=["key", "address", "deletion", "password"],
)
async def test_requests_during_an_eviction_have_no_effect(
    auth: AsyncClient,
    log_in: Login,
    hasher: CountingHasher,
    method: str,
    path: str,
    body: dict[str, Any],
) -> None:
    intruder, owner = await log_in(), await log_in()
    hasher.meanwhile = lambda: change_password(auth, owner, revoke_api_keys=True)
    answer = await auth.request(method, path, json=body, headers=bearer(intruder))
    assert_problem(answer, 401, "unauthenticated")
    keys = await auth.get("/auth/api-keys", headers=bearer(owner))
    assert keys.json() == {"items": []}
    assert (await auth.post("/auth/login", json={**ANA, "password": NEW_PASSWORD})).is_success


async def test_address_change_request_is_mailed_to_the_current_address(
    auth: AsyncClient, database: Database, intruder: Intruder
) -> None:
    [told] = await events(database, ASKED)
    assert (told["old_email"], told["new_email"]) == (ANA["email"], ELSEWHERE["email"])
    assert (await reset(auth, told["token"])).status_code == 204
    assert await intruder.tries(auth) == OUT
    assert (await auth.post("/auth/login", json={**ANA, "password": NEW_PASSWORD})).is_success


async def test_address_change_request_is_not_mailed_to_an_unverified_address(
    auth: AsyncClient, log_in: Login, database: Database
) -> None:
    """It may be a stranger's, and the other address is in the words of whoever asks."""
    await auth.patch("/auth/me", json=ELSEWHERE, headers=bearer(await log_in()))
    assert (await events(database, VERIFY))[-1]["email"] == ELSEWHERE["email"]
    assert await events(database, ASKED) == []


async def test_objection_link_expires_with_the_change_link(
    auth: AsyncClient, database: Database, clock: HeldClock, intruder: Intruder
) -> None:
    [told] = await events(database, ASKED)
    clock.advance(hours=24)
    link = {"token": intruder.change_of_address}
    assert_problem(await auth.post("/auth/verify", json=link), 400, "invalid_link")
    clock.advance(seconds=-1)
    assert (await reset(auth, told["token"])).status_code == 204


async def test_address_change_ends_links_and_all_sessions_but_the_requesting_one(
    auth: AsyncClient, log_in: Login, database: Database
) -> None:
    there, here = await log_in(), await log_in()
    await confirm_addresses(database)
    await auth.patch("/auth/me", json=ELSEWHERE, headers=bearer(here))
    mail = (await events(database, VERIFY))[-1]
    [told] = await events(database, ASKED)
    assert (await auth.post("/auth/verify", json={"token": mail["token"]})).status_code == 204
    assert (await auth.get("/auth/me", headers=bearer(here))).status_code == 200
    assert_problem(await auth.get("/auth/me", headers=bearer(there)), 401, "unauthenticated")
    assert_problem(await reset(auth, told["token"]), 400, "invalid_link")


async def test_access_token_of_an_ended_session_is_refused(
    auth: AsyncClient, log_in: Login
) -> None:
    headers = bearer(await log_in())
    assert (await auth.post("/auth/logout-all", headers=headers)).status_code == 204
    await assert_opens_nothing(auth, headers)


async def test_logout_ends_its_access_token(auth: AsyncClient, log_in: Login) -> None:
    tokens = await log_in()
    await auth.post("/auth/logout", json={"refresh_token": tokens["refresh_token"]})
    await assert_opens_nothing(auth, bearer(tokens))


async def assert_opens_nothing(auth: AsyncClient, headers: dict[str, str]) -> None:
    """Every act of an account, with the right password where one is asked for."""
    change = {"current_password": PASSWORD, "password": NEW_PASSWORD}
    for method, path, body in (
        ("GET", "/auth/me", None),
        ("PATCH", "/auth/me", {"locale": "pt"}),
        ("PATCH", "/auth/me", ELSEWHERE),
        ("DELETE", "/auth/me", {"password": PASSWORD}),
        ("GET", "/auth/audit", None),
        ("GET", "/auth/sessions", None),
        ("DELETE", "/auth/sessions/00000000-0000-4000-8000-000000000000", None),
        ("GET", "/auth/api-keys", None),
        ("POST", "/auth/api-keys", KEY),
        ("DELETE", "/auth/api-keys/00000000-0000-4000-8000-000000000000", None),
        ("POST", "/auth/password/change", change),
        ("POST", "/auth/logout-all", None),
    ):
        answer = await auth.request(method, path, json=body, headers=headers)
        assert (method, path, answer.status_code) == (method, path, 401)


async def test_tokens_of_a_suspended_user_are_refused(
    auth: AsyncClient, database: Database, hasher: CountingHasher, clock: HeldClock, log_in: Login
) -> None:
    headers = bearer(await log_in())
    key = (await auth.post("/auth/api-keys", json=KEY, headers=headers)).json()["key"]
    form = {"grant_type": GRANT, "api_key": key}
    limited = bearer((await auth.post("/auth/token", data=form)).json())
    await suspend_ana(auth, Operators(database, hasher, clock))
    await assert_opens_nothing(auth, headers)
    assert_problem(await auth.get("/auth/me", headers=limited), 401, "unauthenticated")
    assert (await auth.post("/auth/register", json=ANA)).status_code == 409


async def suspend_ana(auth: AsyncClient, operators: Operators) -> dict[str, str]:
    await operators.create_admin("root@example.com", PASSWORD, Locale.ENGLISH)
    root = {"email": "root@example.com", "password": PASSWORD}
    headers = bearer((await auth.post("/auth/login", json=root)).json())
    listed = await auth.get("/auth/users", params={"q": "ana@"}, headers=headers)
    ana = f"/auth/users/{listed.json()['items'][0]['id']}"
    assert (await auth.post(f"{ana}/suspend", headers=headers)).status_code == 200
    return headers


# What opens an account: a column, and how many of its values still do so.
CREDENTIALS = {
    ("refresh_tokens", "token_hash"): (
        "SELECT count(*) FROM refresh_tokens JOIN token_families ON family_id = token_families.id "
        "WHERE revoked_at IS NULL"
    ),
    ("one_time_links", "token_hash"): "SELECT count(*) FROM one_time_links",
    ("api_keys", "key_hash"): "SELECT count(*) FROM api_keys",
}
REPLACED = {("users", "password_hash")}
"""Whoever recovers an account chooses another one."""
HARMLESS = {
    ("users", "email_key"),
    ("outbox", "routing_key"),
    ("attempts", "key"),
    ("rate_buckets", "key"),
    ("refresh_tokens", "successor_key"),  # without the token it yields nothing
}
"""Named like a credential, and none."""
_WORDS = ("token", "secret", "hash", "key", "password", "code", "credential", "challenge", "otp")


def test_every_credential_column_is_listed() -> None:
    """Who adds one says above how it is counted, and the tests below hold that it ends."""
    suspects = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary) or any(word in column.name for word in _WORDS)
    }
    assert suspects == CREDENTIALS.keys() | REPLACED | HARMLESS


async def living(database: Database) -> dict[tuple[str, str], int]:
    async with database.transaction() as session:
        return {
            column: await session.scalar(text(query)) or 0 for column, query in CREDENTIALS.items()
        }


async def by_change(auth: AsyncClient, database: Database, clock: HeldClock) -> None:
    tokens = (await auth.post("/auth/login", json=ANA)).json()
    assert (await change_password(auth, tokens, revoke_api_keys=True)).status_code == 204
    await auth.post("/auth/logout", json={"refresh_token": tokens["refresh_token"]})


async def by_reset(auth: AsyncClient, database: Database, clock: HeldClock) -> None:
    await auth.post("/auth/password/forgot", json={"email": ANA["email"]})
    assert (await reset(auth, await mailed_token(database, clock, RESET))).status_code == 204


async def by_objection(auth: AsyncClient, database: Database, clock: HeldClock) -> None:
    [told] = await events(database, ASKED)
    assert (await reset(auth, told["token"])).status_code == 204


async def by_suspension(auth: AsyncClient, database: Database, clock: HeldClock) -> None:
    headers = await suspend_ana(auth, Operators(database, CountingHasher(), clock))
    await auth.post("/auth/logout-all", headers=headers)


async def by_promotion(auth: AsyncClient, database: Database, clock: HeldClock) -> None:
    assert await Operators(database, CountingHasher(), clock).promote(ANA["email"])


async def by_demotion(auth: AsyncClient, database: Database, clock: HeldClock) -> None:
    async with database.transaction() as session:
        await session.execute(text("UPDATE users SET role = 'admin'"))
    assert await Operators(database, CountingHasher(), clock).demote(ANA["email"])


@pytest.mark.parametrize(
    "evict", [by_change, by_reset, by_objection, by_suspension, by_promotion, by_demotion]
)
async def test_eviction_ends_every_credential(
    auth: AsyncClient,
    database: Database,
    clock: HeldClock,
    intruder: Intruder,
    evict: Callable[[AsyncClient, Database, HeldClock], Awaitable[None]],
) -> None:
    assert all((await living(database)).values())
    await evict(auth, database, clock)
    assert not any((await living(database)).values())
