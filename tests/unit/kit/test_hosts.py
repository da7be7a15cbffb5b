"""A process answers for the hosts it was given, and for no other name of its address."""

import httpx
import pytest
from fastapi import FastAPI
from fotograma_kit.hosts import HostGuard


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("127.0.0.1:8000", 200),
        ("elsewhere.example", 421),
        ("localhost.elsewhere.example:8000", 421),
        ("elsewhere.example:localhost", 421),
        ("", 421),
    ],
)
async def test_host_guard_answers_for_its_hosts_only(host: str, status: int) -> None:
    app = FastAPI()
    asked = []

    @app.get("/")
    async def index() -> str:
        asked.append(host)
        return "here"

    app.add_middleware(HostGuard, hosts=["localhost", "127.0.0.1"])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://localhost"
    ) as client:
        answer = await client.get("/", headers={"Host": host})
    assert answer.status_code == status
    assert bool(asked) == (status == 200)
