"""A stranger keeps nobody out: not of the login, of acts in the account, or of recovery."""

from http.cookies import SimpleCookie

import pytest
from fixtures.auth import (
    PAGE_URL,
    PASSWORD,
    CountingHasher,
    Login,
    assert_problem,
    bearer,
    events,
    link_mailer,
    mailed_token,
    serve,
)
from fixtures.clocks import HeldClock
from fotograma_auth.app import create_api
from fotograma_auth.settings import ApiSettings
from fotograma_kit.database import Database
from httpx import AsyncClient, Response

ANA = "ana@example.com"
PAGE = {"X-Fotograma-Page": "1", "Origin": PAGE_URL}
HOME, CAFE, STRANGER = "192.0.2.10", "198.51.100.20", "203.0.113.9"
DEVICE = "fotograma-8080-device"
TRIES = 30


@pytest.fixture
def api_settings(api_settings: ApiSettings) -> ApiSettings:
    """With a proxy that says who asks."""
    changed = {"auth_trusted_proxies": ["127.0.0.0/8"]}
    return ApiSettings.model_validate({**api_settings.model_dump(), **changed})


async def login(
    auth: AsyncClient,
    address: str,
    password: str = PASSWORD,
    headers: dict[str, str] | None = None,
) -> Response:
    body = {"email": ANA, "password": password}
    return await auth.post(
        "/auth/login", json=body, headers={"X-Forwarded-For": address, **(headers or {})}
    )


async def locked_by_strangers(auth: AsyncClient) -> None:
    """Many wrong passwords, until strangers are refused."""
    statuses = [(await login(auth, STRANGER, "wrong")).status_code for _ in range(TRIES)]
    assert statuses[-1] == 429


def device_of(answer: Response) -> str:
    """The mark that a login leaves in a browser."""
    cookies = [SimpleCookie(each) for each in answer.headers.get_list("set-cookie")]
    (mark,) = (cookie[DEVICE] for cookie in cookies if DEVICE in cookie)
    assert (mark["path"], mark["httponly"], mark["samesite"]) == ("/auth", True, "strict")
    return mark.value


async def test_stranger_locks_out_strangers_only(auth: AsyncClient, log_in: Login) -> None:
    assert (await login(auth, HOME)).status_code == 200
    await locked_by_strangers(auth)
    assert (await login(auth, HOME)).status_code == 200
    assert_problem(await login(auth, CAFE), 429, "too_many_attempts")
    assert (await login(auth, STRANGER)).status_code == 429, "the owner's login frees no stranger"


async def test_network_of_ipv6_is_known_as_a_whole(auth: AsyncClient, log_in: Login) -> None:
    assert (await login(auth, "2001:db8:1:2::1")).status_code == 200
    await locked_by_strangers(auth)
    assert (await login(auth, "2001:db8:1:2:aaaa::2")).status_code == 200
    assert (await login(auth, "2001:db8:1:3::1")).status_code == 429


async def test_browser_with_a_login_is_known_anywhere(auth: AsyncClient, log_in: Login) -> None:
    mark = device_of(await login(auth, HOME, headers=PAGE))
    await locked_by_strangers(auth)
    auth.cookies.clear()
    with_mark = {**PAGE, "Cookie": f"{DEVICE}={mark}"}
    assert (await login(auth, CAFE, "wrong", with_mark)).status_code == 401
    answer = await login(auth, CAFE, headers=with_mark)
    assert answer.status_code == 200
    assert device_of(answer)


async def test_known_network_and_browser_wait_for_their_own_wrong_passwords(
    auth: AsyncClient, log_in: Login
) -> None:
    mark = device_of(await login(auth, HOME, headers=PAGE))
    auth.cookies.clear()
    with_mark = {**PAGE, "Cookie": f"{DEVICE}={mark}"}
    for headers in ({}, with_mark):
        answers = [await login(auth, HOME, "wrong", headers) for _ in range(TRIES)]
        assert answers[-1].status_code == 429
    assert (await login(auth, CAFE)).status_code == 200


@pytest.mark.parametrize("forged", ["", "nonsense", "a.b.c", "of another user"])
async def test_forged_mark_of_a_browser_is_worth_nothing(
    auth: AsyncClient, log_in: Login, forged: str
) -> None:
    if forged == "of another user":
        eve = {"email": "eve@example.com", "password": PASSWORD}
        await auth.post("/auth/register", json=eve)
        forged = device_of(await auth.post("/auth/login", json=eve, headers=PAGE))
    if forged == "a.b.c":
        forged = (await log_in())["access_token"]
    await locked_by_strangers(auth)
    auth.cookies.clear()
    with_mark = {**PAGE, "Cookie": f"{DEVICE}={forged}"}
    assert (await login(auth, CAFE, headers=with_mark)).status_code == 429


async def test_mark_of_a_browser_opens_nothing(auth: AsyncClient, log_in: Login) -> None:
    mark = device_of(await login(auth, HOME, headers=PAGE))
    answer = await auth.get("/auth/me", headers={"Authorization": f"Bearer {mark}"})
    assert answer.status_code == 401


async def test_user_with_a_session_may_use_the_password_whatever_strangers_try(
    auth: AsyncClient, log_in: Login
) -> None:
    headers = bearer(await log_in())
    await locked_by_strangers(auth)
    body = {"current_password": PASSWORD, "password": "another correct horse"}
    answer = await auth.post("/auth/password/change", json=body, headers=headers)
    assert answer.status_code == 204
    gone = {"password": "another correct horse"}
    answer = await auth.request("DELETE", "/auth/me", json=gone, headers=headers)
    assert answer.status_code == 204


async def test_stranger_uses_up_no_recovery(
    auth: AsyncClient, log_in: Login, database: Database, clock: HeldClock
) -> None:
    """Everybody is answered alike, and the user has a link, not twenty."""
    token = await mailed_token(database, clock, "user.verification_requested")
    assert (await auth.post("/auth/verify", json={"token": token})).status_code == 204
    ask = {"email": ANA}
    for _ in range(20):
        answer = await auth.post("/auth/password/forgot", json=ask)
        assert answer.status_code == 202
    await link_mailer(database, clock).work()
    mailed = await events(database, "user.password_reset_requested")
    assert len(mailed) == 1
    body = {"token": mailed[0]["token"], "password": "another correct horse"}
    assert (await auth.post("/auth/password/reset", json=body)).status_code == 204

    clock.advance(minutes=11)
    assert (await auth.post("/auth/password/forgot", json=ask)).status_code == 202
    await link_mailer(database, clock).work()
    assert len(await events(database, "user.password_reset_requested")) == 2


async def test_session_ends_for_good_however_often_it_is_refreshed(
    api_settings: ApiSettings, database: Database, hasher: CountingHasher, clock: HeldClock
) -> None:
    settings = api_settings.model_copy(update={"auth_session_seconds": 90 * 24 * 3600})
    async with serve(create_api(settings, hasher=hasher, now=clock)) as auth:
        await auth.post("/auth/register", json={"email": ANA, "password": PASSWORD})
        token = (await login(auth, HOME)).json()["refresh_token"]
        for _ in range(4):
            clock.advance(days=20)
            answer = await auth.post("/auth/refresh", json={"refresh_token": token})
            assert answer.status_code == 200
            token = answer.json()["refresh_token"]
        clock.advance(days=11)
        answer = await auth.post("/auth/refresh", json={"refresh_token": token})
        assert_problem(answer, 401, "invalid_refresh_token")
