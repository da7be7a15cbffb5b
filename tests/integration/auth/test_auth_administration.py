"""What administrators may do, and nobody else."""

from typing import Any
from uuid import uuid4

import pytest
from fixtures.auth import PASSWORD, CountingHasher, Login, assert_problem, bearer, events
from fixtures.clocks import HeldClock
from fotograma_auth.administration import Operators
from fotograma_auth.errors import EmailNotVerified, UserNotFound
from fotograma_auth.models import AuditEntry, User
from fotograma_contracts.users import Locale
from fotograma_kit.database import Database
from fotograma_kit.tokens import Role
from httpx import AsyncClient
from sqlalchemy import select, update

GRANT = "urn:fotograma:grant-type:api-key"


@pytest.fixture
async def admin_headers(
    auth: AsyncClient, database: Database, hasher: CountingHasher, clock: HeldClock
) -> dict[str, str]:
    operators = Operators(database, hasher, clock)
    await operators.create_admin("root@example.com", PASSWORD, Locale.ENGLISH)
    root = {"email": "root@example.com", "password": PASSWORD}
    return bearer((await auth.post("/auth/login", json=root)).json())


async def ana(auth: AsyncClient, headers: dict[str, str]) -> str:
    [found] = (await auth.get("/auth/users", params={"q": "ANA@"}, headers=headers)).json()["items"]
    assert found["email"] == "ana@example.com"
    return f"/auth/users/{found['id']}"


async def test_users_are_listed_page_by_page(
    auth: AsyncClient, admin_headers: dict[str, str]
) -> None:
    for name in "abcd":
        body = {"email": f"{name}@example.com", "password": PASSWORD}
        await auth.post("/auth/register", json=body)
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while not seen or query.get("after"):
        page = (await auth.get("/auth/users", params=query, headers=admin_headers)).json()
        seen += [user["email"] for user in page["items"]]
        query["after"] = page["next"]
    assert len(seen) == 5
    assert set(seen) == {f"{name}@example.com" for name in ("a", "b", "c", "d", "root")}


@pytest.mark.parametrize(("q", "found"), [("%", 0), ("_", 0), ("EXAMPLE", 1), ("nobody", 0)])
async def test_users_are_searched(
    auth: AsyncClient, admin_headers: dict[str, str], q: str, found: int
) -> None:
    answer = await auth.get("/auth/users", params={"q": q}, headers=admin_headers)
    assert len(answer.json()["items"]) == found


async def test_suspended_user_cannot_log_in_until_unsuspended(
    auth: AsyncClient, log_in: Login, admin_headers: dict[str, str]
) -> None:
    tokens = await log_in()
    body = {"name": "script", "scopes": ["videos:read"]}
    key = (await auth.post("/auth/api-keys", json=body, headers=bearer(tokens))).json()["key"]
    grant = {"grant_type": GRANT, "api_key": key}
    user = await ana(auth, admin_headers)
    for _ in range(2):
        answer = await auth.post(f"{user}/suspend", headers=admin_headers)
        assert answer.status_code == 200
        assert answer.json()["suspended_at"]

    again = {"refresh_token": tokens["refresh_token"]}
    assert_problem(await auth.post("/auth/refresh", json=again), 401, "invalid_refresh_token")
    right = {"email": "ana@example.com", "password": PASSWORD}
    assert_problem(await auth.post("/auth/login", json=right), 403, "account_suspended")
    wrong = {**right, "password": "wrong password"}
    assert_problem(await auth.post("/auth/login", json=wrong), 401, "invalid_credentials")
    assert_problem(await auth.post("/auth/token", data=grant), 400, "invalid_grant")

    answer = await auth.post(f"{user}/unsuspend", headers=admin_headers)
    assert answer.json()["suspended_at"] is None
    assert_problem(await auth.post("/auth/token", data=grant), 400, "invalid_grant")
    fresh = await log_in()
    assert_problem(await auth.post("/auth/refresh", json=again), 401, "invalid_refresh_token")
    trail = (await auth.get("/auth/audit", headers=bearer(fresh))).json()["items"]
    assert [entry["event"] for entry in trail[:5]] == [
        "logged_in",
        "unsuspended",
        "login_refused",
        "suspended",
        "api_key_revoked",
    ]


async def test_audit_trail_stores_the_administrator_and_does_not_show_it(
    auth: AsyncClient, log_in: Login, admin_headers: dict[str, str], database: Database
) -> None:
    await log_in()
    root = (await auth.get("/auth/me", headers=admin_headers)).json()["id"]
    user = await ana(auth, admin_headers)
    await auth.post(f"{user}/suspend", headers=admin_headers)
    async with database.transaction() as session:
        query = select(AuditEntry).where(AuditEntry.event == "suspended")
        [entry] = (await session.scalars(query)).all()
    assert str(entry.actor_id) == root
    await auth.post(f"{user}/unsuspend", headers=admin_headers)
    headers = bearer(await log_in())
    shown = (await auth.get("/auth/audit", headers=headers)).json()["items"][2]
    assert (shown["event"], shown["address"], shown["detail"]) == ("suspended", None, None)
    assert root not in str(shown)


async def test_suspending_oneself_or_an_unknown_user_is_refused(
    auth: AsyncClient, admin_headers: dict[str, str]
) -> None:
    root = (await auth.get("/auth/me", headers=admin_headers)).json()["id"]
    answer = await auth.post(f"/auth/users/{root}/suspend", headers=admin_headers)
    assert_problem(answer, 403, "forbidden")
    for action in ("suspend", "unsuspend"):
        answer = await auth.post(f"/auth/users/{uuid4()}/{action}", headers=admin_headers)
        assert_problem(answer, 404, "user_not_found")


async def test_administration_refuses_users_and_api_keys_of_administrators(
    auth: AsyncClient, log_in: Login, admin_headers: dict[str, str]
) -> None:
    body = {"name": "script", "scopes": ["videos:read"]}
    key = (await auth.post("/auth/api-keys", json=body, headers=admin_headers)).json()["key"]
    grant = {"grant_type": GRANT, "api_key": key}
    limited = bearer((await auth.post("/auth/token", data=grant)).json())
    user = await ana(auth, admin_headers)
    for headers in (bearer(await log_in()), limited):
        for request in (
            auth.get("/auth/users", headers=headers),
            auth.post(f"{user}/suspend", headers=headers),
            auth.post(f"{user}/unsuspend", headers=headers),
        ):
            assert_problem(await request, 403, "forbidden")
    assert_problem(await auth.get("/auth/users"), 401, "unauthenticated")


async def test_token_of_a_demoted_administrator_is_refused(
    auth: AsyncClient,
    log_in: Login,
    admin_headers: dict[str, str],
    database: Database,
    hasher: CountingHasher,
    clock: HeldClock,
) -> None:
    """The token still says so: its session has ended, and so has the role."""
    await log_in()
    user = await ana(auth, admin_headers)
    assert await Operators(database, hasher, clock).demote("ROOT@example.com")
    for method, path in (
        ("GET", "/auth/users"),
        ("POST", f"{user}/suspend"),
        ("POST", f"{user}/unsuspend"),
    ):
        answer = await auth.request(method, path, headers=admin_headers)
        assert_problem(answer, 401, "unauthenticated")
    root = {"email": "root@example.com", "password": PASSWORD}
    headers = bearer((await auth.post("/auth/login", json=root)).json())
    assert_problem(await auth.get("/auth/users", headers=headers), 403, "forbidden")


async def test_role_removed_in_the_database_applies_at_once(
    auth: AsyncClient, admin_headers: dict[str, str], database: Database
) -> None:
    async with database.transaction() as session:
        await session.execute(update(User).values(role=Role.USER))
    assert_problem(await auth.get("/auth/users", headers=admin_headers), 403, "forbidden")


async def test_promotion_and_demotion_are_mailed_and_on_the_audit_trail(
    auth: AsyncClient,
    log_in: Login,
    database: Database,
    hasher: CountingHasher,
    clock: HeldClock,
) -> None:
    operators = Operators(database, hasher, clock)
    tokens = await log_in()
    with pytest.raises(EmailNotVerified):
        await operators.promote("ana@example.com")
    assert (await auth.get("/auth/me", headers=bearer(tokens))).json()["role"] == "user"
    async with database.transaction() as session:
        await session.execute(update(User).values(verified_at=clock()))
    for change, first in ((operators.promote, True), (operators.demote, True)):
        assert await change("ANA@example.com") is first
        assert await change("ana@example.com") is not first  # nothing is done twice
    assert len(await events(database, "user.promoted")) == 1
    assert len(await events(database, "user.demoted")) == 1
    trail = (await auth.get("/auth/audit", headers=bearer(await log_in()))).json()["items"]
    assert [(entry["event"], entry["detail"]) for entry in trail[1:3]] == [
        ("demoted", "by an operator's command"),
        ("promoted", "by an operator's command"),
    ]


async def test_promoting_an_unknown_address_is_refused(
    database: Database, hasher: CountingHasher, clock: HeldClock
) -> None:
    operators = Operators(database, hasher, clock)
    for change in (operators.promote, operators.demote):
        with pytest.raises(UserNotFound):
            await change("nobody@example.com")
