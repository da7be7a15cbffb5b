"""Requests are counted by kind and end, and timed until their answer begins."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from fotograma_kit.request_metrics import RequestMetrics, show_zeros
from prometheus_client import REGISTRY

SLOW = 0.1
app = FastAPI()
app.add_middleware(RequestMetrics)


@app.get("/quick")
async def quick() -> str:
    return "answer"


@app.post("/form")
async def form(request: Request) -> int:
    return len(await request.body())


@app.get("/defect")
async def defect() -> None:
    raise ZeroDivisionError("a defect")


@app.get("/health/live")
async def live() -> str:
    return "ok"


async def _slowly() -> AsyncIterator[bytes]:
    yield b"begun"
    await asyncio.sleep(SLOW)
    yield b"ended"


@app.get("/events")
async def events() -> StreamingResponse:
    return StreamingResponse(_slowly(), media_type="text/event-stream")


@app.get("/download")
async def download() -> StreamingResponse:
    return StreamingResponse(_slowly(), media_type="application/zip")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def count(kind: str, status: str) -> float:
    labels = {"kind": kind, "status": status}
    found = REGISTRY.get_sample_value("fotograma_requests_total", labels)
    assert found is not None
    return found


def seconds(kind: str) -> float:
    found = REGISTRY.get_sample_value("fotograma_request_seconds_sum", {"kind": kind})
    assert found is not None
    return found


def timed(kind: str) -> float:
    found = REGISTRY.get_sample_value("fotograma_request_seconds_count", {"kind": kind})
    assert found is not None
    return found


@pytest.mark.parametrize("kind", ["api", "stream", "upload"])
@pytest.mark.parametrize("status", ["2xx", "3xx", "4xx", "5xx"])
def test_every_series_is_shown_before_its_first_event(kind: str, status: str) -> None:
    show_zeros()
    assert count(kind, status) >= 0
    assert timed(kind) >= 0


@pytest.mark.parametrize(
    ("path", "status"), [("/quick", "2xx"), ("/nowhere", "4xx"), ("/defect", "5xx")]
)
async def test_request_is_counted_once_by_its_end(
    client: httpx.AsyncClient, path: str, status: str
) -> None:
    show_zeros()
    counted, measured = count("api", status), timed("api")
    await client.get(path)
    assert count("api", status) == counted + 1
    assert timed("api") == measured + 1


async def test_form_upload_is_a_kind_of_its_own(client: httpx.AsyncClient) -> None:
    show_zeros()
    uploads, others = count("upload", "2xx"), count("api", "2xx")
    await client.post("/form", files={"file": b"bytes"})
    assert (count("upload", "2xx"), count("api", "2xx")) == (uploads + 1, others)


@pytest.mark.parametrize(("path", "kind"), [("/events", "stream"), ("/download", "api")])
async def test_time_runs_until_the_answer_begins(
    client: httpx.AsyncClient, path: str, kind: str
) -> None:
    show_zeros()
    counted, before = count(kind, "2xx"), seconds(kind)
    answer = await client.get(path)
    assert answer.content.endswith(b"ended")
    assert count(kind, "2xx") == counted + 1
    assert seconds(kind) - before < SLOW


async def test_probes_are_not_counted(client: httpx.AsyncClient) -> None:
    show_zeros()
    before = count("api", "2xx")
    await client.get("/health/live")
    assert count("api", "2xx") == before
