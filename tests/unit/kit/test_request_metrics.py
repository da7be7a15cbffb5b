"""Requests are counted by kind and end, and timed until their answer begins."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from fotograma_kit.exposition import metrics_router
from fotograma_kit.hosts import HostGuard
from fotograma_kit.request_metrics import SECONDS, measure_requests
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler
from prometheus_client import REGISTRY

SLOW = 0.1
app = FastAPI()
app.include_router(metrics_router())
app.add_middleware(HostGuard, hosts=("test",))
measure_requests(app)


@app.get("/quick")
async def quick() -> str:
    return "answer"


@app.post("/form")
async def form(request: Request) -> int:
    return len(await request.body())


@app.get("/videos/{video_id}")
async def video(video_id: str) -> str:
    return video_id


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


def total(suffix: str, **labels: str) -> float:
    """Of the series of the histogram that have these labels."""
    (histogram,) = SECONDS.collect()
    return sum(
        sample.value
        for sample in histogram.samples
        if sample.name.endswith(suffix) and labels.items() <= sample.labels.items()
    )


def seconds(kind: str) -> float:
    return total("_sum", kind=kind)


def timed(**labels: str) -> float:
    return total("_count", **labels)


@pytest.mark.parametrize("kind", ["api", "stream", "upload"])
@pytest.mark.parametrize("status", ["2xx", "3xx", "4xx", "5xx"])
def test_every_counter_is_shown_before_its_first_event(kind: str, status: str) -> None:
    assert count(kind, status) >= 0


@pytest.mark.parametrize(
    ("path", "status"), [("/quick", "2xx"), ("/nowhere", "4xx"), ("/defect", "5xx")]
)
async def test_request_is_counted_once_by_its_end(
    client: httpx.AsyncClient, path: str, status: str
) -> None:
    counted, measured = count("api", status), timed(kind="api")
    await client.get(path)
    assert count("api", status) == counted + 1
    assert timed(kind="api") == measured + 1


async def test_request_that_middleware_refuses_is_counted(client: httpx.AsyncClient) -> None:
    counted = count("api", "4xx")
    answer = await client.get("/quick", headers={"Host": "another"})
    assert answer.status_code == 421
    assert count("api", "4xx") == counted + 1


async def test_series_are_of_routes_and_never_of_what_a_client_makes_up(
    client: httpx.AsyncClient,
) -> None:
    before = timed(handler="/videos/{video_id}", method="GET")
    await client.get("/videos/1")
    await client.get("/videos/2")
    assert timed(handler="/videos/{video_id}", method="GET") == before + 2
    await client.request("BREW", f"/{'x' * 20}")
    await client.request("BREW", "/quick")
    assert timed(handler="none", method="other") >= 1
    (histogram,) = SECONDS.collect()
    told = {(sample.labels["method"], sample.labels["handler"]) for sample in histogram.samples}
    assert not any(method == "BREW" or "xxx" in handler for method, handler in told)


async def test_form_upload_is_a_kind_of_its_own(client: httpx.AsyncClient) -> None:
    uploads, others = count("upload", "2xx"), count("api", "2xx")
    await client.post("/form", files={"file": b"bytes"})
    assert (count("upload", "2xx"), count("api", "2xx")) == (uploads + 1, others)


@pytest.mark.parametrize(("path", "kind"), [("/events", "stream"), ("/download", "api")])
async def test_time_runs_until_the_answer_begins(
    client: httpx.AsyncClient, path: str, kind: str
) -> None:
    counted, before = count(kind, "2xx"), seconds(kind)
    answer = await client.get(path)
    assert answer.content.endswith(b"ended")
    assert count(kind, "2xx") == counted + 1
    assert seconds(kind) - before < SLOW


@pytest.mark.parametrize("path", ["/health/live", "/metrics"])
async def test_probes_are_not_counted(client: httpx.AsyncClient, path: str) -> None:
    before = count("api", "2xx")
    assert (await client.get(path)).status_code == 200
    assert count("api", "2xx") == before


@pytest.mark.parametrize(("sampler", "is_there"), [(ALWAYS_ON, True), (ALWAYS_OFF, False)])
async def test_measurement_leads_to_its_trace_where_that_is_sent(
    client: httpx.AsyncClient, sampler: Sampler, *, is_there: bool
) -> None:
    tracer = TracerProvider(sampler=sampler).get_tracer("test")
    with tracer.start_as_current_span("a request") as span:
        await client.get("/quick")
    accepted = {"Accept": "application/openmetrics-text;version=1.0.0"}
    answer = await client.get("/metrics", headers=accepted)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    trace_id = format(span.get_span_context().trace_id, "032x")
    assert (f'# {{trace_id="{trace_id}"}}' in answer.text) is is_there


async def test_metrics_are_plain_text_for_others_and_without_a_time_for_each_counter(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "fotograma_requests_total" in answer.text
    assert "fotograma_requests_created" not in answer.text
