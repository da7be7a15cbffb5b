"""Sessions whose refresh token a cookie holds, and attacks on them."""

import asyncio
from http.cookies import Morsel, SimpleCookie

import pytest
from fixtures.auth import PAGE_URL, PASSWORD, CountingHasher, Login, assert_problem, bearer, serve
from fixtures.clocks import HeldClock
from fotograma_auth.app import create_api
from fotograma_auth.settings import ApiSettings
from fotograma_kit.database import Database
from httpx import AsyncClient, Response
from pydantic import HttpUrl

ANA = {"email": "ana@example.com", "password": PASSWORD}
COOKIE = "fotograma-8080"
MARK = {"X-Fotograma-Page": "1"}
PAGE = {**MARK, "Origin": PAGE_URL}
ELSEWHERE = [
    "https://evil.example",
    "http://localhost:8081",
    "https://localhost:8080",
    "http://localhost:8080.evil.example",
    "http://LOCALHOST:8080",
    "null",
    "",
]


def cookie_of(answer: Response) -> Morsel[str]:
    """The one cookie of a session that an answer sets."""
    headers = answer.headers.get_list("set-cookie")
    found = [each for header in headers for each in SimpleCookie(header).values()]
    [morsel] = [each for each in found if not each.key.endswith("-device")]
    return morsel


async def post(
    auth: AsyncClient, path: str, cookie: str | None, headers: dict[str, str] = PAGE
) -> Response:
    """As a browser asks: nothing but what is given, whatever was set before."""
    auth.cookies.clear()
    sent = {} if cookie is None else {"Cookie": f"{COOKIE}={cookie}"}
    return await auth.post(path, headers={**headers, **sent})


@pytest.fixture
async def cookie(auth: AsyncClient, log_in: Login) -> str:
    """The refresh token of a session that the page has begun."""
    answer = await auth.post("/auth/login", json=ANA, headers=PAGE)
    assert answer.status_code == 200
    return cookie_of(answer).value


async def refreshed(auth: AsyncClient, cookie: str) -> str:
    answer = await post(auth, "/auth/refresh", cookie)
    assert answer.status_code == 200
    return cookie_of(answer).value


async def test_page_login_gives_the_refresh_token_to_no_script(
    auth: AsyncClient, log_in: Login
) -> None:
    answer = await auth.post("/auth/login", json=ANA, headers=PAGE)
    assert set(answer.json()) == {"access_token", "token_type", "expires_in"}
    assert answer.headers["cache-control"] == "no-store"
    set_ = cookie_of(answer)
    assert (set_.key, set_["path"], set_["domain"]) == (COOKIE, "/auth", "")
    assert (set_["httponly"], set_["samesite"], set_["secure"]) == (True, "strict", "")
    assert int(set_["max-age"]) == 30 * 24 * 3600


async def test_page_session_is_refreshed_and_ended_by_its_cookie(
    auth: AsyncClient, cookie: str
) -> None:
    answer = await post(auth, "/auth/refresh", cookie)
    assert answer.status_code == 200
    assert "refresh_token" not in answer.json()
    successor = cookie_of(answer).value
    assert successor != cookie
    answer = await post(auth, "/auth/logout", successor)
    deleted = cookie_of(answer)
    assert (answer.status_code, deleted.value, deleted["max-age"]) == (204, "", "0")
    assert_problem(await post(auth, "/auth/refresh", successor), 401, "invalid_refresh_token")


async def test_secure_cookies_over_https_have_a_name_that_http_cannot_plant(
    api_settings: ApiSettings, database: Database, hasher: CountingHasher
) -> None:
    url = "https://fotograma.example"
    settings = api_settings.model_copy(update={"public_url": HttpUrl(url + "/")})
    async with serve(create_api(settings, hasher=hasher)) as client:
        await client.post("/auth/register", json=ANA)
        answer = await client.post("/auth/login", json=ANA, headers={**MARK, "Origin": url})
    set_ = cookie_of(answer)
    assert (set_.key, set_["secure"]) == ("__Secure-fotograma-443", True)


async def test_without_a_public_url_no_page_has_a_session(
    api_settings: ApiSettings, database: Database, hasher: CountingHasher
) -> None:
    settings = api_settings.model_copy(update={"public_url": None})
    async with serve(create_api(settings, hasher=hasher)) as client:
        await client.post("/auth/register", json=ANA)
        answer = await client.post("/auth/login", json=ANA, headers=PAGE)
        assert_problem(answer, 403, "origin_refused")
        assert (await client.post("/auth/login", json=ANA)).json()["refresh_token"]


@pytest.mark.parametrize("origin", ELSEWHERE)
@pytest.mark.parametrize("path", ["/auth/refresh", "/auth/logout"])
async def test_another_origins_page_cannot_use_the_cookie(
    auth: AsyncClient, cookie: str, origin: str, path: str
) -> None:
    answer = await post(auth, path, cookie, {**MARK, "Origin": origin})
    assert_problem(answer, 403, "origin_refused")
    assert "set-cookie" not in answer.headers
    assert await refreshed(auth, cookie)


@pytest.mark.parametrize("origin", ELSEWHERE)
async def test_another_origins_page_cannot_log_its_user_in(
    auth: AsyncClient, log_in: Login, origin: str
) -> None:
    answer = await auth.post("/auth/login", json=ANA, headers={**MARK, "Origin": origin})
    assert_problem(answer, 403, "origin_refused")
    assert "set-cookie" not in answer.headers


async def test_request_without_an_origin_or_with_two_is_refused(
    auth: AsyncClient, cookie: str
) -> None:
    sent = [*MARK.items(), ("Cookie", f"{COOKIE}={cookie}")]
    two = [("Origin", PAGE_URL), ("Origin", "https://evil.example")]
    for headers in (sent, [*sent, *two]):
        answer = await auth.post("/auth/refresh", headers=headers)
        assert_problem(answer, 403, "origin_refused")
    assert await refreshed(auth, cookie)


@pytest.mark.parametrize("headers", [{"Origin": PAGE_URL}, {"Origin": "https://evil.example"}, {}])
@pytest.mark.parametrize("path", ["/auth/refresh", "/auth/logout"])
async def test_cookie_without_the_pages_header_counts_for_nothing(
    auth: AsyncClient, cookie: str, path: str, headers: dict[str, str]
) -> None:
    answer = await post(auth, path, cookie, headers)
    assert_problem(answer, 422, "invalid_request")
    assert answer.json()["errors"][0]["code"] == "required"
    assert "set-cookie" not in answer.headers
    assert await refreshed(auth, cookie)


async def test_another_value_of_the_header_is_not_taken_for_it(
    auth: AsyncClient, cookie: str
) -> None:
    answer = await post(auth, "/auth/refresh", cookie, {**PAGE, "X-Fotograma-Page": "2"})
    assert_problem(answer, 422, "invalid_request")


async def test_body_beside_the_cookie_is_not_looked_at(
    auth: AsyncClient, cookie: str, log_in: Login
) -> None:
    other = (await log_in())["refresh_token"]
    auth.cookies.clear()
    answer = await auth.post(
        "/auth/logout",
        json={"refresh_token": other},
        headers={**PAGE, "Cookie": f"{COOKIE}={cookie}"},
    )
    assert answer.status_code == 204
    answer = await auth.post("/auth/refresh", json={"refresh_token": other})
    assert answer.status_code == 200


@pytest.mark.parametrize("planted", ["", "guessed", '"quoted"', "a; b=c", "%00"])
async def test_planted_cookie_opens_nothing(auth: AsyncClient, log_in: Login, planted: str) -> None:
    assert_problem(await post(auth, "/auth/refresh", planted), 401, "invalid_refresh_token")
    assert (await post(auth, "/auth/logout", planted)).status_code == 204


async def test_without_a_cookie_there_is_no_session(auth: AsyncClient) -> None:
    assert_problem(await post(auth, "/auth/refresh", None), 401, "invalid_refresh_token")
    assert (await post(auth, "/auth/logout", None)).status_code == 204


async def test_of_two_cookies_of_one_name_neither_counts(
    auth: AsyncClient, log_in: Login, cookie: str
) -> None:
    planted = (await log_in())["refresh_token"]  # a stranger's session, from a neighbouring host
    for pair in (f"{planted}; {COOKIE}={cookie}", f"{cookie}; {COOKIE}={planted}"):
        assert_problem(await post(auth, "/auth/refresh", pair), 401, "invalid_refresh_token")
    assert await refreshed(auth, cookie)


async def test_login_never_goes_on_with_the_cookie_that_came_with_it(
    auth: AsyncClient, cookie: str
) -> None:
    headers = {**PAGE, "Cookie": f"{COOKIE}={cookie}"}
    answer = await auth.post("/auth/login", json=ANA, headers=headers)
    fresh = cookie_of(answer).value
    successor = await refreshed(auth, cookie)
    assert len({fresh, cookie, successor}) == 3
    sessions = await auth.get("/auth/sessions", headers=bearer(answer.json()))
    assert len({each["id"] for each in sessions.json()["items"]}) == 2


async def test_two_tabs_that_refresh_at_once_both_go_on(auth: AsyncClient, cookie: str) -> None:
    headers = {**PAGE, "Cookie": f"{COOKIE}={cookie}"}
    answers = await asyncio.gather(*(auth.post("/auth/refresh", headers=headers) for _ in range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    [successor] = {cookie_of(answer).value for answer in answers}
    assert await refreshed(auth, successor)


async def test_stolen_cookie_ends_the_session_once_its_successor_was_used(
    auth: AsyncClient, cookie: str, clock: HeldClock
) -> None:
    second = await refreshed(auth, cookie)
    clock.advance(days=3)
    assert await refreshed(auth, cookie) == second
    third = await refreshed(auth, second)
    for token in (cookie, third, second):
        assert_problem(await post(auth, "/auth/refresh", token), 401, "invalid_refresh_token")


async def test_eviction_ends_page_sessions_as_others(
    auth: AsyncClient, cookie: str, log_in: Login
) -> None:
    body = {"current_password": PASSWORD, "password": "another correct horse"}
    headers = bearer(await log_in())
    answer = await auth.post("/auth/password/change", json=body, headers=headers)
    assert answer.status_code == 204
    assert_problem(await post(auth, "/auth/refresh", cookie), 401, "invalid_refresh_token")
