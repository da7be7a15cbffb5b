"""A fake server, and the command with a configuration folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.cli import Ran, Run
from fixtures.fake_api import running_api
from fixtures.fake_api_state import PASSWORD, FakeApi
from fotograma_cli.api.retries import Retries
from fotograma_cli.main import app
from typer.testing import CliRunner

_VARIABLES = (
    "FOTOGRAMA_API_KEY",
    "FOTOGRAMA_CA_CERT",
    "FOTOGRAMA_NEW_PASSWORD",
    "FOTOGRAMA_PARALLEL",
    "FOTOGRAMA_PASSWORD",
    "FOTOGRAMA_SERVER",
)


@pytest.fixture
def api() -> Iterator[FakeApi]:
    """A server to talk to."""
    with running_api() as running:
        yield running


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long commands have slept, which they do not do in tests."""
    slept: list[float] = []
    monkeypatch.setattr(
        "fotograma_cli.api.connection.Retries",
        lambda: Retries(first_wait=0.001, sleep=slept.append),
    )
    return slept


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder the credentials go to."""
    folder = tmp_path / "config"
    monkeypatch.setenv("FOTOGRAMA_CONFIG_DIR", str(folder))
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def run(config: Path, waits: list[float]) -> Run:
    """Runs the command with these arguments."""

    def run_command(*arguments: str | Path, stdin: str | None = None) -> Ran:
        result = CliRunner().invoke(app, [str(a) for a in arguments], input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run_command


@pytest.fixture
def logged_in(api: FakeApi, run: Run) -> Run:
    """`run`, after a login."""
    ran = run(
        "login", "ana@example.com", "--password-stdin", "--server", api.address, stdin=PASSWORD
    )
    assert ran.exit_code == 0, ran.stderr
    return run


@pytest.fixture
def video_file(tmp_path: Path) -> Path:
    """A file of more than one chunk to upload."""
    path = tmp_path / "holiday.mp4"
    path.write_bytes(bytes(range(256)) * 3000)
    return path
