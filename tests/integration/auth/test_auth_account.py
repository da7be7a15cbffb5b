"""Changing an account, closing it, and what is remembered of it."""

from datetime import timedelta
from typing import Any

import pytest
from fixtures.auth import PASSWORD, Login, assert_problem, bearer, events, mailed_token
from fixtures.clocks import HeldClock
from fixtures.problems import blamed
from fotograma_auth.janitor import Janitor
from fotograma_auth.models import Attempts, AuditEntry, Base, OutboxMessage
from fotograma_kit.database import Database
from httpx import AsyncClient, Response
from sqlalchemy import func, select

VERIFY = "user.verification_requested"
NEW_EMAIL = {"email": "ana@new.example.com", "current_password": PASSWORD}


async def delete_me(auth: AsyncClient, headers: dict[str, str], password: str) -> Response:
    return await auth.request("DELETE", "/auth/me", json={"password": password}, headers=headers)


async def trail(auth: AsyncClient, headers: dict[str, str]) -> list[str]:
    answer = await auth.get("/auth/audit", headers=headers)
    assert answer.status_code == 200
    return [entry["event"] for entry in answer.json()["items"]]


async def test_locale_change_is_published(
    auth: AsyncClient, log_in: Login, database: Database
) -> None:
    headers = bearer(await log_in())
    for _ in range(2):  # the second changes nothing
        answer = await auth.patch("/auth/me", json={"locale": "pt"}, headers=headers)
        assert (answer.status_code, answer.json()["locale"]) == (200, "pt")
    [event] = await events(database, "user.updated")
    assert (event["revision"], event["locale"]) == (2, "pt")


async def test_new_address_becomes_the_accounts_once_verified(
    auth: AsyncClient, log_in: Login, database: Database, clock: HeldClock
) -> None:
    headers = bearer(await log_in())
    [first] = await events(database, VERIFY)
    assert (await auth.post("/auth/verify", json={"token": first["token"]})).status_code == 204
    answer = await auth.patch("/auth/me", json=NEW_EMAIL, headers=headers)
    assert answer.json()["email"] == "ana@example.com"
    [_, mail] = await events(database, VERIFY)
    assert mail["email"] == "ana@new.example.com"
    assert (await auth.post("/auth/verify", json={"token": mail["token"]})).status_code == 204
    me = (await auth.get("/auth/me", headers=headers)).json()
    assert me["email"] == "ana@new.example.com"
    assert me["verified_at"]
    [proved, event] = await events(database, "user.updated")
    assert (proved["revision"], proved["email"]) == (2, "ana@example.com")
    assert (event["revision"], event["email"]) == (3, "ana@new.example.com")
    assert proved["verified"] is event["verified"] is True
    [warning] = await events(database, "user.email_changed")
    assert warning["old_email"] == "ana@example.com"
    for email, status in (("ana@example.com", 401), ("ana@new.example.com", 200)):
        answer = await auth.post("/auth/login", json={"email": email, "password": PASSWORD})
        assert answer.status_code == status


async def test_address_change_revokes_links_to_the_old_address(
    auth: AsyncClient, log_in: Login, database: Database, clock: HeldClock
) -> None:
    headers = bearer(await log_in())
    await auth.post("/auth/password/forgot", json={"email": "ana@example.com"})
    reset = await mailed_token(database, clock, "user.password_reset_requested")
    await auth.patch("/auth/me", json=NEW_EMAIL, headers=headers)
    [_, mail] = await events(database, VERIFY)
    await auth.post("/auth/verify", json={"token": mail["token"]})
    body = {"token": reset, "password": "another correct horse"}
    assert_problem(await auth.post("/auth/password/reset", json=body), 400, "invalid_link")


async def test_taken_address_is_refused_at_request_and_at_verification(
    auth: AsyncClient, log_in: Login, database: Database
) -> None:
    headers = bearer(await log_in())
    await auth.patch("/auth/me", json=NEW_EMAIL, headers=headers)
    [_, mail] = await events(database, VERIFY)
    taken = {"email": "ANA@new.example.com", "password": PASSWORD}
    assert (await auth.post("/auth/register", json=taken)).status_code == 201
    answer = await auth.patch("/auth/me", json=NEW_EMAIL, headers=headers)
    assert_problem(answer, 409, "email_taken")
    assert blamed(answer) == [("body.email", "invalid", None)]
    answer = await auth.post("/auth/verify", json={"token": mail["token"]})
    assert_problem(answer, 409, "email_taken")
    assert blamed(answer) == [("body.token", "invalid", None)]


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"email": "ana@new.example.com"}, 422, "invalid_request", "body"),
        (
            {**NEW_EMAIL, "current_password": "wrong password"},
            403,
            "wrong_password",
            "body.current_password",
        ),
        ({**NEW_EMAIL, "email": "nowhere"}, 422, "invalid_email", "body.email"),
        ({"locale": "fr"}, 422, "invalid_request", "body.locale"),
        ({"role": "admin"}, 422, "invalid_request", "body.role"),
    ],
)
async def test_bad_change_is_refused(
    auth: AsyncClient,
    log_in: Login,
    database: Database,
    change: dict[str, Any],
    status: int,
    code: str,
    field: str,
) -> None:
    answer = await auth.patch("/auth/me", json=change, headers=bearer(await log_in()))
    assert_problem(answer, status, code)
    assert [each[0] for each in blamed(answer)] == [field]
    assert len(await events(database, VERIFY)) == 1  # the one of the registration
    assert await events(database, "user.updated") == []


async def test_account_deletion_leaves_only_its_event(
    auth: AsyncClient, log_in: Login, database: Database, clock: HeldClock
) -> None:
    tokens = await log_in()
    headers = bearer(tokens)
    user_id = (await auth.get("/auth/me", headers=headers)).json()["id"]
    key = {"name": "script", "scopes": ["videos:read"]}
    await auth.post("/auth/api-keys", json=key, headers=headers)
    await auth.post("/auth/password/forgot", json={"email": "ana@example.com"})
    await mailed_token(database, clock, "user.password_reset_requested")
    await auth.post("/auth/password/forgot", json={"email": "ANA@example.com"})
    await auth.post("/auth/login", json={"email": "ana@example.com", "password": "wrong"})

    refused = await delete_me(auth, headers, "wrong password")
    assert_problem(refused, 403, "wrong_password")
    assert blamed(refused) == [("body.password", "invalid", None)]
    assert (await delete_me(auth, headers, PASSWORD)).status_code == 204

    [event] = await events(database, "user.deleted")
    assert (event["user_id"], event["revision"]) == (user_id, 2)
    async with database.transaction() as session:
        left = {
            table.name: await session.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
            if table is not OutboxMessage.__table__
        }
        kept = {key.partition(":")[0] for key in await session.scalars(select(Attempts.key))}
    assert {name for name, rows in left.items() if rows} <= {"attempts"}
    # The count of the network address is nobody's. Those of links to an address that was never
    # proved hold for whoever registers it next, and go within a day; they bear its hash.
    assert kept == {"address", "unverified_hour", "unverified_day"}
    assert_problem(await auth.get("/auth/me", headers=headers), 401, "unauthenticated")
    again = {"refresh_token": tokens["refresh_token"]}
    assert (await auth.post("/auth/refresh", json=again)).status_code == 401
    assert_problem(await delete_me(auth, headers, PASSWORD), 401, "unauthenticated")


async def test_address_can_be_registered_again(auth: AsyncClient, log_in: Login) -> None:
    await delete_me(auth, bearer(await log_in()), PASSWORD)
    again = {"email": "ana@example.com", "password": PASSWORD}
    assert (await auth.post("/auth/register", json=again)).status_code == 201


async def test_tokens_of_a_deleted_account_are_refused(auth: AsyncClient, log_in: Login) -> None:
    headers = bearer(await log_in())
    await delete_me(auth, headers, PASSWORD)
    key = {"name": "script", "scopes": ["videos:read"]}
    change = {"current_password": PASSWORD, "password": "another correct horse"}
    for request in (
        auth.patch("/auth/me", json={"locale": "pt"}, headers=headers),
        auth.patch("/auth/me", json=NEW_EMAIL, headers=headers),
        auth.post("/auth/api-keys", json=key, headers=headers),
        auth.post("/auth/password/change", json=change, headers=headers),
    ):
        assert_problem(await request, 401, "unauthenticated")
    for request in (
        auth.post("/auth/logout-all", headers=headers),
        auth.get("/auth/sessions", headers=headers),
        auth.get("/auth/audit", headers=headers),
    ):
        assert_problem(await request, 401, "unauthenticated")


async def test_audit_trail_lists_security_events(
    auth: AsyncClient, log_in: Login, database: Database, clock: HeldClock
) -> None:
    headers = {**bearer(await log_in()), "User-Agent": "a browser"}
    await auth.post("/auth/login", json={"email": "ana@example.com", "password": "wrong"})
    body = {"name": "script", "scopes": ["videos:read"]}
    key = (await auth.post("/auth/api-keys", json=body, headers=headers)).json()
    await auth.delete(f"/auth/api-keys/{key['id']}", headers=headers)
    body = {"current_password": PASSWORD, "password": "another correct horse"}
    await auth.post("/auth/password/change", json=body, headers=headers)
    await auth.patch(
        "/auth/me",
        json={**NEW_EMAIL, "current_password": "another correct horse"},
        headers=headers,
    )
    [_, mail] = await events(database, VERIFY)
    await auth.post("/auth/verify", json={"token": mail["token"]})
    await auth.post("/auth/password/forgot", json={"email": "ana@new.example.com"})
    token = await mailed_token(database, clock, "user.password_reset_requested")
    await auth.post("/auth/password/reset", json={"token": token, "password": PASSWORD})
    account = {"email": "ana@new.example.com", "password": PASSWORD}
    headers = bearer((await auth.post("/auth/login", json=account)).json())
    await auth.post("/auth/logout-all", headers=headers)

    headers = bearer((await auth.post("/auth/login", json=account)).json())
    answer = await auth.get("/auth/audit", headers=headers)
    entries = answer.json()["items"]
    assert [entry["event"] for entry in reversed(entries)] == [
        "registered",
        "logged_in",
        "login_refused",
        "api_key_created",
        "api_key_revoked",
        "password_changed",
        "email_change_requested",
        "email_changed",
        "email_verified",
        "password_reset_requested",
        "password_reset",
        "logged_in",
        "logged_out_everywhere",
        "logged_in",
    ]
    made = entries[-4]
    assert made["detail"] == f"script ({key['prefix']}…)"
    assert (made["address"], made["user_agent"]) == ("127.0.0.1", "a browser")
    assert set(made) == {"id", "event", "at", "address", "user_agent", "detail"}


async def test_audit_trail_is_paged_and_holds_own_entries_only(
    auth: AsyncClient, log_in: Login, database: Database
) -> None:
    for _ in range(4):
        headers = bearer(await log_in())
    other = {"email": "bob@example.com", "password": PASSWORD}
    await auth.post("/auth/register", json=other)
    others = bearer((await auth.post("/auth/login", json=other)).json())
    assert await trail(auth, others) == ["logged_in", "registered"]
    seen: list[int] = []
    page: dict[str, Any] = {"next": None}
    while not seen or page["next"]:
        query = {"limit": 2, **({"before": page["next"]} if page["next"] else {})}
        page = (await auth.get("/auth/audit", params=query, headers=headers)).json()
        seen += [entry["id"] for entry in page["items"]]
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)


async def test_refresh_token_reuse_is_on_the_audit_trail(auth: AsyncClient, log_in: Login) -> None:
    tokens = await log_in()
    body = {"refresh_token": tokens["refresh_token"]}
    second = (await auth.post("/auth/refresh", json=body)).json()["refresh_token"]
    await auth.post("/auth/refresh", json={"refresh_token": second})
    await auth.post("/auth/refresh", json=body)
    assert_problem(await auth.get("/auth/me", headers=bearer(tokens)), 401, "unauthenticated")
    assert (await trail(auth, bearer(await log_in())))[:2] == ["logged_in", "refresh_token_reused"]


async def test_audit_trail_is_deleted_after_its_retention(
    log_in: Login, clock: HeldClock, database: Database
) -> None:
    await log_in()
    clock.advance(days=365, seconds=1)
    await log_in()
    await Janitor(database, timedelta(days=365), clock).sweep()
    async with database.transaction() as session:
        left = (await session.scalars(select(AuditEntry))).all()
    assert [entry.event for entry in left] == ["logged_in"]
