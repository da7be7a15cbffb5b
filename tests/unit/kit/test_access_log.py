"""What the log tells of requests."""

import json
import logging
from collections.abc import Callable, Iterator

import httpx
import pytest
import structlog
from fastapi import FastAPI
from fotograma_kit.logs import configure_logs
from fotograma_kit.request_log import HEADER, RequestLog
from fotograma_kit.settings import TelemetrySettings
from structlog.testing import capture_logs

app = FastAPI()
app.add_middleware(RequestLog)


@app.get("/video/{video_id}")
async def found(video_id: str) -> str:
    structlog.contextvars.bind_contextvars(user_id="a user's")
    structlog.get_logger("a route").info("looking")
    return video_id


@app.get("/defect")
async def defect() -> None:
    raise ZeroDivisionError("a defect")


@app.get("/health/live")
async def live() -> str:
    return "ok"


class Lines:
    """What a process prints, as JSON."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        configure_logs(TelemetrySettings(log_format="json"), "test")

    def printed(self) -> list[dict[str, object]]:
        lines = self._capsys.readouterr().out.splitlines()
        return [line for line in map(json.loads, lines) if line["logger"] != "httpx"]


@pytest.fixture
def process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[[], Lines]]:
    """Begins to print. (Only then is standard output the test's.)"""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    yield lambda: Lines(capsys)
    structlog.contextvars.clear_contextvars()


async def ask(path: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path, headers=headers)


async def test_request_is_logged_with_its_fields_and_without_its_query(
    process: Callable[[], Lines],
) -> None:
    lines = process()
    answer = await ask("/video/a.png?expires=5&sig=abc-DEF_1")
    looking, line = lines.printed()
    assert (
        line.items()
        >= {
            "event": "request",
            "method": "GET",
            "path": "/video/a.png",
            "status": 200,
            "service": "test",
            "level": "info",
            "user_id": "a user's",
            "request_id": answer.headers[HEADER],
            "video_id": "a.png",
        }.items()
    )
    assert isinstance(line["seconds"], float)
    assert "abc-DEF_1" not in json.dumps(line)
    assert looking["request_id"] == line["request_id"]


async def test_request_that_raises_is_logged_as_a_failure(process: Callable[[], Lines]) -> None:
    lines = process()
    await ask("/defect")
    assert [line["status"] for line in lines.printed() if line["event"] == "request"] == [500]


async def test_probes_and_scrapes_are_not_logged(process: Callable[[], Lines]) -> None:
    lines = process()
    answer = await ask("/health/live")
    assert lines.printed() == []
    assert HEADER not in answer.headers


@pytest.mark.parametrize("given", ["a", "0af7651916cd43dd8448eb211c80319c", "A.b_c-1", "x" * 64])
async def test_request_keeps_the_id_that_its_caller_chose(
    process: Callable[[], Lines], given: str
) -> None:
    lines = process()
    answer = await ask("/video/1", **{HEADER: given})
    assert answer.headers[HEADER] == given
    assert {line["request_id"] for line in lines.printed()} == {given}


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", 'a"b', "a,b"])
async def test_request_gets_an_id_where_the_chosen_one_could_mislead(
    process: Callable[[], Lines], given: str
) -> None:
    lines = process()
    answer = await ask("/video/1", **{HEADER: given})
    assert len(answer.headers[HEADER]) == 32
    assert answer.headers[HEADER] != given
    assert {line["request_id"] for line in lines.printed()} == {answer.headers[HEADER]}


async def test_uvicorn_logs_no_second_line(process: Callable[[], Lines]) -> None:
    lines = process()
    access = logging.getLogger("uvicorn.access")
    access.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:5", "GET", "/video", "1.1", 200)
    assert lines.printed() == []
    # Nor does it make one: it asks this first.
    assert not access.hasHandlers()


def test_logs_are_captured_after_another_service_was_configured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    log = structlog.get_logger("a module's own")
    for service in ("auth", "video"):
        configure_logs(TelemetrySettings(), service)
        log.info("used")
    with capture_logs() as logs:
        log.info("seen")
    assert [entry["event"] for entry in logs] == ["seen"]
