"""What the log tells of requests."""

import logging

import pytest
from fotograma_kit.logs import configure_logs
from fotograma_kit.settings import TelemetrySettings

_ACCESS = '%s - "%s %s HTTP/%s" %d'


@pytest.fixture
def access_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> logging.Logger:
    """The logger that uvicorn tells of requests; the others are as they were afterwards."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    monkeypatch.setattr(root, "level", root.level)
    configure_logs(TelemetrySettings(), "test")
    return logging.getLogger("uvicorn.access")


def test_signatures_are_left_out(
    access_log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    path = "/video/1/frames/a.png?expires=5&sig=abc-DEF_1"
    access_log.info(_ACCESS, "127.0.0.1:5", "GET", path, "1.1", 200)
    (line,) = capsys.readouterr().out.splitlines()
    assert "/video/1/frames/a.png?expires=5&sig=REDACTED HTTP/1.1" in line
    assert "abc-DEF_1" not in line


def test_probes_are_left_out(
    access_log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    access_log.info(_ACCESS, "127.0.0.1:5", "GET", "/health/live", "1.1", 200)
    assert capsys.readouterr().out == ""
