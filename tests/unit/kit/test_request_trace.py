"""A request is one span, which says of it what the conventions of HTTP do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fotograma_kit.settings import TelemetrySettings
from fotograma_kit.web import Api, create_web_app
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SIGNATURE = "a-signature"
router = APIRouter()


@router.get("/videos/{video_id}")
async def video(video_id: str) -> str:
    return video_id


@router.get("/defect")
async def defect() -> None:
    raise ZeroDivisionError("a defect")


@asynccontextmanager
async def nothing(_app: FastAPI) -> AsyncIterator[None]:
    yield


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Has the spans that have ended."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    return exporter


@pytest.fixture
async def client(exporter: InMemorySpanExporter) -> AsyncIterator[httpx.AsyncClient]:
    app = create_web_app(
        TelemetrySettings(),
        service="test",
        api=Api("/test", [router]),
        checks={},
        lifespan=nothing,
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def only(exporter: InMemorySpanExporter) -> ReadableSpan:
    """The one span there is."""
    (span,) = exporter.get_finished_spans()
    return span


async def test_span_is_called_by_the_route_and_tells_no_signature(
    client: httpx.AsyncClient, exporter: InMemorySpanExporter
) -> None:
    await client.get(f"/videos/5?sig={SIGNATURE}")
    span = only(exporter)
    assert (span.name, span.kind) == ("GET /videos/{video_id}", SpanKind.SERVER)
    assert span.status.status_code is StatusCode.UNSET
    assert (
        dict(span.attributes or {}).items()
        >= {
            "http.request.method": "GET",
            "http.route": "/videos/{video_id}",
            "http.response.status_code": 200,
            "url.path": "/videos/5",
            "url.scheme": "http",
        }.items()
    )
    assert SIGNATURE not in span.to_json()


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("/nowhere", 404, StatusCode.UNSET), ("/defect", 500, StatusCode.ERROR)],
)
async def test_only_what_the_service_fails_at_is_an_error(
    client: httpx.AsyncClient,
    exporter: InMemorySpanExporter,
    path: str,
    status: int,
    code: StatusCode,
) -> None:
    assert (await client.get(path)).status_code == status
    span = only(exporter)
    assert span.status.status_code is code
    attributes = span.attributes or {}
    assert attributes["http.response.status_code"] == status
    assert ("error.type" in attributes) is (code is StatusCode.ERROR)


async def test_span_is_below_the_caller_s(
    client: httpx.AsyncClient, exporter: InMemorySpanExporter
) -> None:
    await client.get("/videos/5", headers={"traceparent": PARENT})
    await client.get("/videos/5", headers={"traceparent": "no such thing"})
    below, own = exporter.get_finished_spans()
    assert below.parent is not None
    assert trace.format_span_id(below.parent.span_id) == PARENT[36:52]
    assert own.parent is None


async def test_method_that_a_client_makes_up_names_no_span(
    client: httpx.AsyncClient, exporter: InMemorySpanExporter
) -> None:
    await client.request("BREW", "/nowhere")
    span = only(exporter)
    assert span.name == "HTTP"
    assert (span.attributes or {})["http.request.method"] == "_OTHER"


@pytest.mark.parametrize("path", ["/health/live", "/metrics"])
async def test_probes_are_not_traced(
    client: httpx.AsyncClient, exporter: InMemorySpanExporter, path: str
) -> None:
    assert (await client.get(path)).status_code == 200
    assert exporter.get_finished_spans() == ()
