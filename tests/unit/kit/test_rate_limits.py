"""Requests are counted for their user and their network, and their answers say what is left."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fotograma_kit.problems import TryLater
from fotograma_kit.rate_limits import RateLimits
from fotograma_kit.settings import OriginSettings, RateSettings, TelemetrySettings
from fotograma_kit.tokens import CurrentPrincipal, Principal, Role
from fotograma_kit.web import Api, create_web_app
from starlette.types import Scope

ORIGIN = "https://app.example.com"


class Settings(TelemetrySettings, RateSettings, OriginSettings):
    """As an API composes them."""


class NobodyElse:
    """A service of one process."""

    async def spend(self, seconds: Mapping[str, float]) -> Mapping[str, float]:
        return seconds


router = APIRouter()
verified: list[str] = []


@router.get("/mine")
async def mine(principal: CurrentPrincipal) -> str:
    return principal.subject


@router.get("/open")
async def open_to_all() -> str:
    return "anybody"


async def authenticate(token: str) -> Principal:
    verified.append(token)
    return Principal(token, Role.SERVICE if token == "notify" else Role.USER, 2**40)


@asynccontextmanager
async def nothing(_app: FastAPI) -> AsyncIterator[None]:
    yield


ClientFrom = Callable[[str], httpx.AsyncClient]


SETTINGS = Settings(
    rate_user_per_second=0.01,
    rate_user_burst=5,
    rate_network_per_second=0.01,
    rate_network_burst=8,
    allowed_origins=(ORIGIN,),
)


@pytest.fixture
def limits() -> RateLimits:
    """Each user has five requests, each network eight."""
    return RateLimits(SETTINGS, NobodyElse())


@pytest.fixture
async def client_from(limits: RateLimits) -> AsyncIterator[ClientFrom]:
    """Makes a client at an address."""
    app = create_web_app(
        SETTINGS,
        service="test",
        checks={},
        lifespan=nothing,
        api=Api("/test", (router,), limits),
    )
    app.state.authenticate = authenticate
    verified.clear()
    clients = []

    def client(address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app, client=(address, 1))
        clients.append(httpx.AsyncClient(transport=transport, base_url="http://test"))
        return clients[-1]

    yield client
    for each in clients:
        await each.aclose()


async def statuses(client: httpx.AsyncClient, path: str, times: int, token: str = "") -> list[int]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return [(await client.get(path, headers=headers)).status_code for _ in range(times)]


async def test_user_is_limited_wherever_the_requests_come_from(client_from: ClientFrom) -> None:
    assert await statuses(client_from("203.0.113.1"), "/mine", 3, "ana") == [200] * 3
    assert await statuses(client_from("203.0.113.2"), "/mine", 3, "ana") == [200, 200, 429]
    assert await statuses(client_from("203.0.113.2"), "/mine", 1, "eve") == [200]


async def test_network_is_limited_before_a_token_is_verified(client_from: ClientFrom) -> None:
    client = client_from("203.0.113.1")
    for number in range(4):
        assert await statuses(client, "/mine", 2, f"user{number}") == [200] * 2
    assert await statuses(client, "/mine", 2, "another") == [429] * 2
    assert "another" not in verified
    assert await statuses(client, "/open", 1) == [429]
    assert await statuses(client_from("203.0.113.2"), "/open", 1) == [200]


async def test_what_is_refused_at_once_costs_no_verification_of_a_token(
    client_from: ClientFrom, limits: RateLimits
) -> None:
    class TooMany(TryLater):
        code, title = "too_many", "Too many"

    def refuse(scope: Scope) -> None:
        if scope["path"] == "/mine":
            raise TooMany(7.0)

    limits.refuse = refuse
    answer = await client_from("203.0.113.1").get("/mine", headers={"Authorization": "Bearer ana"})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
    assert answer.headers["Retry-After"] == "7"
    assert answer.headers["RateLimit"] == '"network";r=7;t=100'
    assert verified == []
    assert await statuses(client_from("203.0.113.1"), "/open", 1) == [200]


async def test_network_of_ipv6_is_a_whole_64(client_from: ClientFrom) -> None:
    for number in range(4):
        client = client_from(f"2001:db8:1:2::{number:x}")
        assert await statuses(client, "/open", 2) == [200] * 2
    assert await statuses(client_from("2001:db8:1:2:ffff::1"), "/open", 1) == [429]
    assert await statuses(client_from("2001:db8:1:3::1"), "/open", 1) == [200]


async def test_answer_says_what_is_left_as_the_draft_has_it(client_from: ClientFrom) -> None:
    answer = await client_from("203.0.113.1").get("/mine", headers={"Authorization": "Bearer ana"})
    assert answer.headers["RateLimit-Policy"] == '"user";q=5;w=500, "network";q=8;w=800'
    assert answer.headers["RateLimit"] == '"network";r=7;t=100, "user";r=4;t=100'


async def test_refusal_is_a_problem_with_the_time_to_wait(client_from: ClientFrom) -> None:
    client = client_from("203.0.113.1")
    await statuses(client, "/mine", 5, "ana")
    headers = {"Authorization": "Bearer ana", "Origin": ORIGIN}
    answer = await client.get("/mine", headers=headers)
    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["which"]) == ("too_many_requests", "user")
    assert answer.headers["Retry-After"] == str(problem["retry_after"])
    assert (
        answer.headers["RateLimit"] == f'"network";r=2;t=100, "user";r=0;t={problem["retry_after"]}'
    )
    await statuses(client, "/open", 2)
    answer = await client.get("/open", headers=headers)
    assert answer.json()["which"] == "network"
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "RateLimit" in answer.headers["Access-Control-Expose-Headers"]


async def test_services_and_probes_are_not_counted_as_users(client_from: ClientFrom) -> None:
    assert await statuses(client_from("203.0.113.1"), "/mine", 8, "notify") == [200] * 8
    client = client_from("203.0.113.2")
    assert await statuses(client, "/health/live", 20) == [200] * 20
    assert await statuses(client, "/metrics", 20) == [200] * 20
    assert "RateLimit" not in (await client.get("/health/live")).headers
