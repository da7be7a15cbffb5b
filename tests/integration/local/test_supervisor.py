"""The supervisor with small servers: it brings back what ends, and ends all in order."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fixtures.deadlines import until
from fixtures.leftovers import is_running, processes_of
from fotograma_local.processes import NotReady, Process, Program, Server
from fotograma_local.supervisor import Supervisor

_SERVE = """
import pathlib, signal, sys, time
name, journal = sys.argv[1:]

def stop(*_):
    with open(journal, "a") as file:
        file.write(name + "\\n")
    sys.exit(0)

signal.signal(signal.SIGTERM, stop)
print("ready", flush=True)
while True:
    signal.pause()
"""


class Small(Server):
    """Serves nothing; writes its name into a journal when it is stopped."""

    ready_seconds = 10.0

    def __init__(self, folder: Path, name: str, code: str = _SERVE) -> None:
        self.runs = 0
        self._journal = folder / "journal"
        command = (sys.executable, "-c", code, name, str(self._journal))
        super().__init__(Process(Program(name, command), folder / f"{name}.log"))

    def prepare(self) -> None:
        self.runs += 1

    def is_ready(self) -> bool:
        return self.process.log.read_text().count("ready") >= self.runs


@pytest.fixture
def reports() -> list[str]:
    return []


@pytest.fixture
async def supervisor(reports: list[str]) -> AsyncIterator[Supervisor]:
    async with Supervisor(reports.append) as supervisor:
        yield supervisor


async def test_supervisor_restarts_a_crashed_server_and_reports_it(
    tmp_path: Path, supervisor: Supervisor, reports: list[str]
) -> None:
    server = Small(tmp_path, "small")
    await supervisor.start_together([server])
    first = supervisor.pid("small")
    supervisor.kill("small")
    await until(lambda: "small runs again" in reports)
    assert supervisor.pid("small") != first
    assert is_running(supervisor.pid("small"))
    assert "small ended (-9); starting it again in 0.5 s" in reports[0]


async def test_supervisor_backs_off_from_a_server_that_keeps_crashing(
    tmp_path: Path, supervisor: Supervisor, reports: list[str]
) -> None:
    server = Small(tmp_path, "small")
    await supervisor.start_together([server])
    for count in (1, 2):
        supervisor.kill("small")
        await until(lambda: reports.count("small runs again") == count)  # noqa: B023
    pauses = [line.split(" in ")[1].split(" s,")[0] for line in reports if " in " in line]
    assert pauses == ["0.5", "1"]


async def test_supervisor_leaves_a_stopped_server_stopped(
    tmp_path: Path, supervisor: Supervisor, reports: list[str]
) -> None:
    await supervisor.start_together([Small(tmp_path, "a"), Small(tmp_path, "b")])
    first = supervisor.pid("a")
    await supervisor.stop("a")
    assert not is_running(first)
    assert reports == []
    await supervisor.start("a")
    assert is_running(supervisor.pid("a"))
    assert is_running(supervisor.pid("b"))
    supervisor.kill("a")
    await until(lambda: "a runs again" in reports)


async def test_supervisor_stops_servers_in_reverse_order(tmp_path: Path) -> None:
    async with Supervisor(print) as supervisor:
        await supervisor.start_together([Small(tmp_path, "server")])
        await supervisor.start_together([Small(tmp_path, "service")])
    assert (tmp_path / "journal").read_text().split() == ["service", "server"]


async def test_supervisor_stops_all_when_one_cannot_start(tmp_path: Path) -> None:
    good = Small(tmp_path, "good")
    bad = Small(tmp_path, "bad", "import sys; sys.exit(3)")

    async def start() -> None:
        async with Supervisor(print) as supervisor:
            await supervisor.start_together([good])
            await supervisor.start_together([bad])

    with pytest.raises(NotReady, match="bad ended with 3"):
        await start()
    assert not good.process.running


async def test_killed_supervisor_leaves_no_server(tmp_path: Path) -> None:
    script = f"""
import asyncio, sys
from pathlib import Path
sys.path[:0] = {[str(Path(__file__).parent)]!r}
from fotograma_local.supervisor import Supervisor
from test_supervisor import Small

async def main():
    folder = Path({str(tmp_path)!r})
    async with Supervisor(print) as supervisor:
        await supervisor.start_together([Small(folder, name) for name in ("a", "b", "c")])
        print("up", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""
    supervisor = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert supervisor.stdout is not None
    assert await supervisor.stdout.readline() == b"up\n"
    assert len(processes_of(tmp_path)) == 4
    supervisor.kill()
    await supervisor.wait()
    await until(lambda: not processes_of(tmp_path))
