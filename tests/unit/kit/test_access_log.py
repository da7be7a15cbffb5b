"""What the log tells of requests."""

import logging

import pytest
import structlog
from fotograma_kit.logs import configure_logs
from fotograma_kit.settings import TelemetrySettings
from structlog.testing import capture_logs


def logged(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: str) -> str:
    """What a process prints when uvicorn tells of a request."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    configure_logs(TelemetrySettings(), "test")
    access = logging.getLogger("uvicorn.access")
    access.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:5", "GET", path, "1.1", 200)
    return capsys.readouterr().out


def test_access_log_hides_signatures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = "/video/1/frames/a.png?expires=5&sig=abc-DEF_1"
    line = logged(monkeypatch, capsys, path)
    assert "/video/1/frames/a.png?expires=5&sig=REDACTED HTTP/1.1" in line
    assert "abc-DEF_1" not in line


def test_access_log_leaves_out_probes_and_scrapes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert logged(monkeypatch, capsys, "/video") != ""
    assert logged(monkeypatch, capsys, "/health/live") == ""


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
