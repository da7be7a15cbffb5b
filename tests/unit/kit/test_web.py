"""Every process answers alike: problems, health, metrics."""

import asyncio
import base64
import hashlib
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import httpx
import pytest
import structlog
from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import StreamingResponse
from fotograma_kit.problems import Problem, Unavailable, problem_responses
from fotograma_kit.settings import OriginSettings, TelemetrySettings
from fotograma_kit.web import Api, create_web_app
from pydantic import BaseModel
from structlog.testing import capture_logs


class Gone(Problem):
    status = HTTPStatus.GONE
    code = "gone"
    title = "It is gone"


class Body(BaseModel):
    password: str
    number: int


class Settings(TelemetrySettings, OriginSettings):
    """As an API composes them."""


router = APIRouter()


@router.get("/gone", responses=problem_responses(Gone, Unavailable))
async def gone() -> None:
    raise Gone("It left yesterday.", since="yesterday")


@router.get("/test/{anything}")
async def below_the_prefix(anything: str) -> str:
    return anything


@router.get("/cached")
async def cached(response: Response) -> str:
    response.headers["Cache-Control"] = "public, max-age=60"
    return "for a minute"


@router.get("/defect")
async def defect() -> None:
    raise ZeroDivisionError("a defect")


async def _half() -> AsyncIterator[bytes]:
    yield b"begun"
    raise ZeroDivisionError("a defect")


@router.get("/half")
async def half() -> StreamingResponse:
    return StreamingResponse(_half())


@router.post("/body")
async def body(body: Body) -> Body:
    return body


class Dependency:
    def __init__(self) -> None:
        self.trouble: Exception | None = None
        self.hangs = False

    async def check(self) -> str:
        if self.hangs:
            await asyncio.Event().wait()
        if self.trouble:
            raise self.trouble
        return "ok"


@asynccontextmanager
async def nothing(_app: FastAPI) -> AsyncIterator[None]:
    yield


@pytest.fixture
def dependency() -> Dependency:
    return Dependency()


@pytest.fixture
async def client(dependency: Dependency) -> AsyncIterator[httpx.AsyncClient]:
    app = create_web_app(
        TelemetrySettings(),
        service="test",
        api=Api("/test", [router]),
        checks={"postgres": dependency.check},
        lifespan=nothing,
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_problem_is_answered_by_rfc_9457(client: httpx.AsyncClient) -> None:
    answer = await client.get("/gone")
    assert answer.status_code == 410
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:fotograma:problem:gone",
        "title": "It is gone",
        "status": 410,
        "code": "gone",
        "detail": "It left yesterday.",
        "since": "yesterday",
    }


async def test_unexpected_error_is_answered_with_its_trace_id_only(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/defect")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "ZeroDivision" not in answer.text


async def test_unexpected_error_is_logged_and_answered_with_the_id_of_its_request(
    client: httpx.AsyncClient,
) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        answer = await client.get("/defect", headers={"X-Request-ID": "of-the-request"})
    (told,) = [entry for entry in logs if entry["log_level"] == "error"]
    assert told["request_id"] == "of-the-request"
    assert isinstance(told["exc_info"], ZeroDivisionError)
    assert answer.headers["X-Request-ID"] == "of-the-request"


async def test_answer_that_fails_midway_breaks_off_and_is_logged_once(
    client: httpx.AsyncClient,
) -> None:
    transport = httpx.ASGITransport(client._transport.app)  # type: ignore[attr-defined]
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as raising:
        with capture_logs() as logs, pytest.raises(ZeroDivisionError):
            await raising.get("/half")
    (told,) = [entry for entry in logs if entry["log_level"] == "error"]
    again = logging.LogRecord(
        "uvicorn.error",
        logging.ERROR,
        "",
        0,
        "Exception in ASGI application",
        (),
        (ZeroDivisionError, told["exc_info"], None),
    )
    assert not logging.getLogger("uvicorn.error").filter(again)
    again.exc_info = (KeyError, KeyError(), None)
    assert logging.getLogger("uvicorn.error").filter(again)


@pytest.mark.parametrize("path", ["/gone", "/defect", "/nowhere", "/health/live", "/metrics"])
async def test_every_answer_has_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("url", "bound"),
    [
        ("https://fotograma.example", True),
        ("https://fotograma.example:8443", True),
        ("http://fotograma.example", False),
        ("https://localhost:8443", False),
        ("https://s3.localhost", False),
        ("https://127.0.0.1", False),
    ],
)
async def test_https_is_made_a_rule_for_public_hosts(
    client: httpx.AsyncClient, url: str, *, bound: bool
) -> None:
    answer = await client.get(f"{url}/health/live")
    assert ("strict-transport-security" in answer.headers) is bound


async def test_answer_keeps_the_headers_that_it_sets_itself(client: httpx.AsyncClient) -> None:
    assert (await client.get("/cached")).headers["cache-control"] == "public, max-age=60"


async def test_slash_too_many_is_not_found_rather_than_redirected(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/gone/", headers={"Host": "evil.example"})
    assert answer.status_code == 404
    assert "location" not in answer.headers


async def test_documentation_is_off_unless_it_is_asked_for(client: httpx.AsyncClient) -> None:
    for path in ("/docs", "/openapi.json"):
        assert (await client.get(path)).status_code == 404
    for name in ("docs", "openapi.json"):
        assert (await client.get(f"/test/{name}")).json() == name


async def test_documentation_is_a_page_without_scripts() -> None:
    app = create_web_app(
        TelemetrySettings(api_documentation=True),
        service="test",
        api=Api("/test", [router]),
        checks={},
        lifespan=nothing,
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test"
    ) as client:
        page = await client.get("/test/docs")
        document = await client.get("/test/openapi.json")
    assert page.status_code == document.status_code == 200
    assert "<script" not in page.text
    for path in document.json()["paths"]:
        assert path in page.text
    responses = document.json()["paths"]["/gone"]["get"]["responses"]
    assert "`gone`: It is gone" in responses["410"]["description"]
    assert list(responses["410"]["content"]) == ["application/problem+json"]
    assert {"429", "503"} <= set(responses)
    (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.headers["content-security-policy"]


async def test_invalid_request_names_its_fields_and_echoes_no_value(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/body", json={"password": 12345, "number": "hunter2"})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "invalid_request"
    assert {error["field"] for error in problem["errors"]} == {"body.password", "body.number"}
    assert "hunter2" not in answer.text
    assert "12345" not in answer.text


@pytest.mark.parametrize(("path", "code"), [("/nowhere", "not_found"), ("/gone/", "not_found")])
async def test_unknown_path_is_answered_as_a_problem(
    client: httpx.AsyncClient, path: str, code: str
) -> None:
    answer = await client.get(path, follow_redirects=True)
    if answer.status_code != 410:
        assert answer.json()["code"] == code
        assert answer.headers["content-type"] == "application/problem+json"


async def test_readiness_names_the_dependency_that_is_down(
    client: httpx.AsyncClient, dependency: Dependency
) -> None:
    assert (await client.get("/health/ready")).json() == {
        "status": "ok",
        "checks": {"postgres": "ok"},
    }
    dependency.trouble = ConnectionError("with a password in it")
    answer = await client.get("/health/ready")
    assert answer.json() == {
        "status": "degraded",
        "checks": {"postgres": "down: ConnectionError"},
    }
    assert (await client.get("/health/live")).status_code == 200


async def test_api_stays_ready_through_an_outage_but_never_becomes_it_in_one(
    client: httpx.AsyncClient, dependency: Dependency
) -> None:
    """All replicas share the dependency: nobody would be left to answer."""
    dependency.trouble = ConnectionError()
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    dependency.trouble = None
    assert (await client.get("/health/ready")).status_code == 200
    dependency.trouble = ConnectionError()
    assert (await client.get("/health/ready")).status_code == 200


async def test_process_without_an_api_is_not_ready_in_an_outage(dependency: Dependency) -> None:
    app = create_web_app(
        TelemetrySettings(), service="test", checks={"s3": dependency.check}, lifespan=nothing
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/health/ready")).status_code == 200
        dependency.trouble = ConnectionError()
        assert (await client.get("/health/ready")).status_code == 503


async def test_readiness_counts_a_check_that_hangs_as_down(
    client: httpx.AsyncClient, dependency: Dependency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fotograma_kit.health.CHECK_SECONDS", 0.05)
    dependency.hangs = True
    answer = await client.get("/health/ready")
    assert answer.json()["checks"] == {"postgres": "down: TimeoutError"}


async def test_metrics_count_requests_by_path_template(client: httpx.AsyncClient) -> None:
    await client.get("/gone")
    metrics = (await client.get("/metrics")).text
    assert 'handler="/gone"' in metrics
    assert "/health" not in metrics


@pytest.mark.parametrize(
    ("allowed", "origin", "may"),
    [
        ((), "https://app.example.com", False),
        (("https://app.example.com",), "https://app.example.com", True),
        (("https://app.example.com",), "https://app.example.com.evil.example", False),
        (("https://app.example.com",), "null", False),
    ],
)
async def test_cors_allows_the_origins_of_the_settings_only(
    allowed: tuple[str, ...], origin: str, *, may: bool
) -> None:
    app = create_web_app(
        Settings(allowed_origins=allowed),
        service="test",
        checks={},
        lifespan=nothing,
        api=Api("/test", [router]),
    )
    preflight = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test"
    ) as client:
        asked = await client.options("/body", headers=preflight)
        answer = await client.get("/gone", headers={"Origin": origin})
    assert (asked.headers.get("Access-Control-Allow-Origin") == origin) is may
    assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is may
    assert "Access-Control-Allow-Credentials" not in answer.headers
    if may:
        assert asked.status_code == 200
        assert "Idempotency-Key" in asked.headers["Access-Control-Allow-Headers"]
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
