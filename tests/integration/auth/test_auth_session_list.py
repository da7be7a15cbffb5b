"""Where somebody is logged in, and how to change that."""

from typing import Any
from uuid import uuid4

from fixtures.auth import PASSWORD, Login, assert_problem, bearer
from fixtures.clocks import HeldClock
from httpx import AsyncClient

ANA = {"email": "ana@example.com", "password": PASSWORD}


async def listed(auth: AsyncClient, tokens: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await auth.get("/auth/sessions", headers=bearer(tokens))
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def refresh(auth: AsyncClient, tokens: dict[str, Any], **headers: str) -> Any:
    body = {"refresh_token": tokens["refresh_token"]}
    return await auth.post("/auth/refresh", json=body, headers=headers)


async def test_sessions_list_their_last_client(
    auth: AsyncClient, log_in: Login, clock: HeldClock
) -> None:
    clock.advance(minutes=-2)
    first = await log_in()
    clock.advance(minutes=1)
    second = await log_in()
    clock.advance(minutes=1)
    first = (await refresh(auth, first, **{"User-Agent": "a phone"})).json()
    newest, older = await listed(auth, first)
    assert (newest["user_agent"], newest["address"]) == ("a phone", "127.0.0.1")
    assert (newest["current"], older["current"]) == (True, False)
    assert newest["created_at"] < older["created_at"] < newest["last_used_at"]
    assert [session["current"] for session in await listed(auth, second)] == [False, True]


async def test_one_session_is_ended(auth: AsyncClient, log_in: Login) -> None:
    here, there = await log_in(), await log_in()
    [other] = [s["id"] for s in await listed(auth, here) if not s["current"]]
    address = f"/auth/sessions/{other}"
    assert (await auth.delete(address, headers=bearer(here))).status_code == 204
    assert_problem(await refresh(auth, there), 401, "invalid_refresh_token")
    assert (await refresh(auth, here)).status_code == 200
    assert len(await listed(auth, here)) == 1
    answer = await auth.delete(address, headers=bearer(here))
    assert_problem(answer, 404, "session_not_found")


async def test_all_sessions_are_ended(auth: AsyncClient, log_in: Login) -> None:
    here, there = await log_in(), await log_in()
    assert (await auth.post("/auth/logout-all", headers=bearer(here))).status_code == 204
    for tokens in (here, there):
        assert_problem(await refresh(auth, tokens), 401, "invalid_refresh_token")
    gone = await auth.get("/auth/sessions", headers=bearer(here))
    assert_problem(gone, 401, "unauthenticated")
    assert len(await listed(auth, await log_in())) == 1


async def test_ended_and_expired_sessions_are_not_listed(
    auth: AsyncClient, log_in: Login, clock: HeldClock
) -> None:
    out = await log_in()
    await auth.post("/auth/logout", json={"refresh_token": out["refresh_token"]})
    clock.advance(days=-31)
    await log_in()
    clock.advance(days=31)
    here = await log_in()
    assert [session["current"] for session in await listed(auth, here)] == [True]


async def test_session_of_another_user_is_not_found(auth: AsyncClient, log_in: Login) -> None:
    mine = await log_in()
    [session] = await listed(auth, mine)
    bob = {"email": "bob@example.com", "password": PASSWORD}
    await auth.post("/auth/register", json=bob)
    bobs = (await auth.post("/auth/login", json=bob)).json()
    for session_id in (session["id"], uuid4()):
        answer = await auth.delete(f"/auth/sessions/{session_id}", headers=bearer(bobs))
        assert_problem(answer, 404, "session_not_found")
    assert (await refresh(auth, mine)).status_code == 200
