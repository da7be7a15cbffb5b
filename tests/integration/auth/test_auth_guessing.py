"""Who guesses waits, and everybody else does not."""

import asyncio
from collections import Counter

import pytest
from fixtures.auth import PASSWORD, CountingHasher, Login, assert_problem, bearer, serve
from fixtures.clocks import HeldClock
from fotograma_auth.app import create_api
from fotograma_auth.models import Attempts
from fotograma_auth.settings import ApiSettings
from fotograma_kit.database import Database
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import select

ANA = "ana@example.com"
FREE = 10


async def login(
    auth: AsyncClient, password: str, email: str = ANA, address: str | None = None
) -> Response:
    headers = {} if address is None else {"X-Forwarded-For": address}
    body = {"email": email, "password": password}
    return await auth.post("/auth/login", json=body, headers=headers)


async def wrong(auth: AsyncClient, times: int, email: str = ANA) -> list[int]:
    return [(await login(auth, "wrong password", email)).status_code for _ in range(times)]


@pytest.mark.parametrize("email", [ANA, "nobody@example.com"])
async def test_login_delays_grow_alike_for_known_and_unknown_addresses(
    auth: AsyncClient, log_in: Login, clock: HeldClock, email: str
) -> None:
    assert await wrong(auth, FREE + 1, email) == [401] * (FREE + 1)
    waits = []
    for _ in range(11):
        refused = await login(auth, PASSWORD, email)
        assert_problem(refused, 429, "too_many_attempts")
        waits.append(int(refused.headers["retry-after"]))
        clock.advance(seconds=waits[-1])
        assert await wrong(auth, 1, email) == [401]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


@pytest.mark.middle
async def test_thousand_wrong_passwords_are_throttled_and_the_right_one_works(
    auth: AsyncClient, log_in: Login, clock: HeldClock, hasher: CountingHasher
) -> None:
    answers = Counter(await wrong(auth, 1000))
    assert answers == {401: FREE + 1, 429: 1000 - FREE - 1}
    assert len(hasher.verified) == FREE + 1
    refused = await login(auth, PASSWORD)
    assert_problem(refused, 429, "too_many_attempts")
    clock.advance(seconds=int(refused.headers["retry-after"]))
    assert (await login(auth, PASSWORD)).status_code == 200
    assert await wrong(auth, FREE) == [401] * FREE  # the count begins anew


async def test_simultaneous_attempts_are_counted_one_by_one(
    auth: AsyncClient, log_in: Login, hasher: CountingHasher
) -> None:
    answers = await asyncio.gather(*(login(auth, "wrong password") for _ in range(60)))
    assert Counter(a.status_code for a in answers) == {401: FREE + 1, 429: 60 - FREE - 1}
    assert len(hasher.verified) == FREE + 1


async def test_attempts_are_counted_across_replicas(
    auth: AsyncClient,
    log_in: Login,
    api_settings: ApiSettings,
    hasher: CountingHasher,
    clock: HeldClock,
) -> None:
    async with serve(create_api(api_settings, hasher=hasher, now=clock)) as other:
        answers = await wrong(auth, 6) + await wrong(other, 6)
        assert answers == [401] * (FREE + 1) + [429]
        assert (await login(auth, PASSWORD)).status_code == 429


async def test_wrong_passwords_are_forgotten(
    auth: AsyncClient, log_in: Login, clock: HeldClock
) -> None:
    await wrong(auth, FREE)
    clock.advance(hours=1)
    assert await wrong(auth, FREE) == [401] * FREE


async def test_password_confirmation_is_throttled_like_a_login(
    auth: AsyncClient, log_in: Login
) -> None:
    headers = bearer(await log_in())
    body = {"current_password": "wrong password", "password": "another correct horse"}
    answers = [
        (await auth.post("/auth/password/change", json=body, headers=headers)).status_code
        for _ in range(FREE + 2)
    ]
    assert answers == [403] * (FREE + 1) + [429]


async def test_attempts_of_a_network_address_are_counted_across_accounts(
    api_settings: ApiSettings, database: Database, hasher: CountingHasher, clock: HeldClock
) -> None:
    settings = api_settings.model_validate(
        {
            **api_settings.model_dump(),
            "auth_address_attempts": 5,
            "auth_trusted_proxies": ["127.0.0.0/8"],
        }
    )
    async with serve(create_api(settings, hasher=hasher, now=clock)) as auth:
        await auth.post("/auth/register", json={"email": ANA, "password": PASSWORD})
        for number in range(5):
            answer = await login(auth, "wrong", f"{number}@example.com", "203.0.113.9")
            assert answer.status_code == 401
        refused = await login(auth, PASSWORD, address="203.0.113.9")
        assert_problem(refused, 429, "too_many_attempts")
        assert refused.headers["retry-after"] == "300"
        assert (await login(auth, PASSWORD, address="203.0.113.10")).status_code == 200
        # What the client itself writes into the header does not count: the proxy adds at the end.
        spoofed = await login(auth, PASSWORD, address="203.0.113.11, 203.0.113.9")
        assert spoofed.status_code == 429
        clock.advance(seconds=300)
        assert (await login(auth, PASSWORD, address="203.0.113.9")).status_code == 200


async def test_right_passwords_do_not_count_against_an_address(
    api_settings: ApiSettings, database: Database, hasher: CountingHasher, clock: HeldClock
) -> None:
    settings = api_settings.model_copy(update={"auth_address_attempts": 3})
    async with serve(create_api(settings, hasher=hasher, now=clock)) as auth:
        await auth.post("/auth/register", json={"email": ANA, "password": PASSWORD})
        assert [(await login(auth, PASSWORD)).status_code for _ in range(9)] == [200] * 9


async def test_registrations_count_against_an_address(
    api_settings: ApiSettings, database: Database, hasher: CountingHasher, clock: HeldClock
) -> None:
    settings = api_settings.model_copy(update={"auth_address_attempts": 3})
    async with serve(create_api(settings, hasher=hasher, now=clock)) as auth:
        answers = [
            await auth.post(
                "/auth/register", json={"email": f"{n}@example.com", "password": PASSWORD}
            )
            for n in range(4)
        ]
    assert [a.status_code for a in answers] == [201, 201, 201, 429]


async def test_request_without_an_address_is_counted_too(
    api_settings: ApiSettings, database: Database, hasher: CountingHasher
) -> None:
    app = create_api(api_settings, hasher=hasher)
    async with serve(app):
        transport = ASGITransport(app, client=("a-socket", 1))
        async with AsyncClient(transport=transport, base_url="http://auth") as client:
            assert (await login(client, PASSWORD)).status_code == 401
    async with database.transaction() as session:
        keys = set((await session.scalars(select(Attempts.key))).all())
    assert "address:unknown" in keys


async def test_attempts_store_addresses_as_hashes(
    auth: AsyncClient, log_in: Login, database: Database
) -> None:
    await wrong(auth, 1)
    async with database.transaction() as session:
        keys = (await session.scalars(select(Attempts.key))).all()
    assert not any("ana" in key for key in keys)
