"""A body that keeps the service waiting is broken off; one that comes is not."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from fotograma_kit.body_limit import SmallBodyRoute
from fotograma_kit.body_pace import BodyPace
from fotograma_kit.problems import install_problem_handlers
from fotograma_kit.settings import RateSettings
from pydantic import BaseModel

JSON = {"Content-Type": "application/json", "Content-Length": "1000"}


class Note(BaseModel):
    text: str


router = APIRouter(route_class=SmallBodyRoute)


@router.post("/notes")
async def write(note: Note) -> str:
    return note.text


@router.post("/stream")
async def stream(request: Request) -> int:
    """As a form is read: in parts, which the route itself takes its time over."""
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        await asyncio.sleep(0.1)
    return received


@router.post("/ignored")
async def ignored() -> str:
    return "answered at once"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Of a service that waits for three tenths of a second, and a millisecond a byte."""
    app = FastAPI()
    install_problem_handlers(app)
    app.include_router(router)
    settings = RateSettings(body_grace_seconds=0.3, body_bytes_per_second=1_000)
    app.add_middleware(BodyPace, settings=settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def stalled(*chunks: bytes) -> AsyncIterator[bytes]:
    """What there is, and then nothing for ever."""
    for chunk in chunks:
        yield chunk
    await asyncio.Event().wait()


async def dripping() -> AsyncIterator[bytes]:
    """A byte now and then, for ever."""
    while True:
        yield b" "
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "body", [stalled(), stalled(b'{"text": '), dripping()], ids=["nothing", "a part", "dripping"]
)
async def test_slow_body_is_answered_408_and_its_connection_closed(
    client: httpx.AsyncClient, body: AsyncIterator[bytes]
) -> None:
    async with asyncio.timeout(10):
        answer = await client.post("/notes", content=body, headers=JSON)
    assert answer.status_code == 408
    assert answer.json()["code"] == "request_timeout"
    assert answer.headers["Connection"] == "close"


async def test_body_whose_sender_keeps_the_pace_is_read(client: httpx.AsyncClient) -> None:
    async def steady() -> AsyncIterator[bytes]:
        yield b'{"text": "'
        for _ in range(8):
            yield b"x" * 100
            await asyncio.sleep(0.05)
        yield b'"}'

    answer = await client.post("/notes", content=steady(), headers=JSON)
    assert answer.status_code == 200
    assert len(answer.json()) == 800


async def test_time_that_the_service_takes_itself_does_not_count(
    client: httpx.AsyncClient,
) -> None:
    async def quick() -> AsyncIterator[bytes]:
        for _ in range(6):
            yield b"x"

    answer = await client.post("/stream", content=quick())
    assert (answer.status_code, answer.json()) == (200, 6)


async def test_body_that_nobody_reads_is_not_waited_for(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(10):
        answer = await client.post("/ignored", content=stalled(), headers=JSON)
    assert answer.status_code == 200
