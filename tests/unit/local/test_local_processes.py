"""Child processes: ended as they want, killed with all they started, never left behind."""

import signal
import sys
import time
from pathlib import Path

import pytest
from fixtures.deadlines import until
from fixtures.leftovers import is_running
from fotograma_local.processes import NotReady, Process, Program, Server, stop_together

_OBEDIENT = "import signal; print('up', flush=True); signal.pause()"
_STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('up', flush=True);\nwhile True: signal.pause()"
)
_WITH_A_CHILD = (
    "import signal, subprocess, sys;"
    "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']);"
    "print(child.pid, flush=True); signal.pause()"
)


class Script(Server):
    """A server made of a few lines of Python; ready when it has printed something."""

    def __init__(
        self, folder: Path, code: str, name: str = "script", stop_seconds: float = 5.0
    ) -> None:
        program = Program(name, (sys.executable, "-c", code), stop_seconds=stop_seconds)
        super().__init__(Process(program, folder / f"{name}.log"))

    def is_ready(self) -> bool:
        return bool(self.output())

    def output(self) -> str:
        return self.process.log.read_text()


def test_it_ends_as_it_wants_to(tmp_path: Path) -> None:
    server = Script(tmp_path, _OBEDIENT)
    server.start()
    assert server.process.running
    server.stop()
    assert not server.process.running
    assert server.process.exit_status == -signal.SIGTERM


def test_it_is_killed_when_its_time_is_up(tmp_path: Path) -> None:
    server = Script(tmp_path, _STUBBORN, stop_seconds=0.6)
    server.start()
    server.stop()
    assert server.process.exit_status == -signal.SIGKILL


def test_those_stopped_together_take_as_long_as_the_slowest(tmp_path: Path) -> None:
    servers = [Script(tmp_path, _STUBBORN, f"s{n}", stop_seconds=0.5) for n in range(4)]
    for server in servers:
        server.start()
    began = time.monotonic()
    stop_together(servers)
    assert time.monotonic() - began < 2.5
    assert not any(server.process.running for server in servers)


async def test_what_it_started_goes_with_it(tmp_path: Path) -> None:
    server = Script(tmp_path, _WITH_A_CHILD)
    server.start()
    child = int(server.output())
    assert is_running(child)
    server.stop()
    await until(lambda: not is_running(child))


def test_one_that_ends_is_not_ready(tmp_path: Path) -> None:
    server = Script(tmp_path, "import sys; sys.exit('no such table')")
    server.is_ready = lambda: False  # type: ignore[method-assign]
    with pytest.raises(NotReady, match=r"script ended with 1\n(.*\n)*no such table"):
        server.start()


def test_one_that_takes_too_long_is_not_ready_and_not_left(tmp_path: Path) -> None:
    server = Script(tmp_path, "import signal; signal.pause()")
    server.ready_seconds = 0.2
    with pytest.raises(NotReady, match="not ready after"):
        server.start()
    assert not server.process.running


def test_it_gets_its_own_environment_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    monkeypatch.setenv("COVERAGE_SOMETHING", "kept")
    program = Program(
        "env",
        (sys.executable, "-c", "import os; print(sorted(os.environ))"),
        {"DATABASE_URL": "secret"},
    )
    process = Process(program, tmp_path / "env.log")
    process.start()
    assert process.wait(10)
    names = process.log.read_text()
    assert "DATABASE_URL" in names
    assert "PATH" in names
    assert "COVERAGE_SOMETHING" in names
    assert "AWS_PROFILE" not in names
    assert "HTTPS_PROXY" not in names


def test_its_secrets_are_not_shown(tmp_path: Path) -> None:
    program = Program("x", ("true",), {"DATABASE_URL": "postgresql://secret"})
    assert "secret" not in repr(program)


def test_program_that_is_not_there_cannot_be_started(tmp_path: Path) -> None:
    process = Process(Program("x", ("/no/such/program",)), tmp_path / "x.log")
    with pytest.raises(FileNotFoundError):
        process.start()
    with pytest.raises(RuntimeError, match="not started"):
        _ = process.pid
    process.kill()
    assert process.wait(0)
