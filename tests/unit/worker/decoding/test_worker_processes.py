"""The fork server and its children: what they have, and that they never outlive the worker."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fixtures.deadlines import until
from fixtures.forkservers import TWO_THREADS, prepare_fork_servers
from fixtures.leftovers import is_running
from fotograma_worker.decoding.engines import PYAV
from fotograma_worker.decoding.processes import Child, ForkServer, ForkServerDown
from fotograma_worker.protocol import ChildLimits, Kind, ScanJob


@pytest.fixture
async def server() -> AsyncIterator[ForkServer]:
    async with ForkServer(PYAV.module) as server:
        yield server


def proc(pid: int | None, name: str) -> Path:
    return Path(f"/proc/{pid}/{name}")


async def start_at_work(server: ForkServer) -> Child:
    """A child in its sandbox, waiting for the first bytes of its source."""
    child = await Child.start(server)
    limits = ChildLimits(memory_bytes=1 << 30, cpu_seconds=60, max_pixels=1000)
    job = ScanJob(size_bytes=1000, limits=limits)
    await child.send(Kind.JOB, job.model_dump_json().encode())
    kind, _ = await child.receive(1000)
    assert kind is Kind.READ
    return child


async def test_fork_server_and_child_have_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    async with ForkServer(PYAV.module) as server:
        child = await Child.start(server)
        try:
            for pid in (server.pid, child.pid):
                environment = proc(pid, "environ").read_bytes().strip(b"\0").split(b"\0")
                assert set(environment) == {b"OPENBLAS_NUM_THREADS=1", b"MALLOC_ARENA_MAX=1"}
                assert b"hunter2" not in proc(pid, "cmdline").read_bytes()
        finally:
            await child.kill()


async def test_child_has_four_descriptors(server: ForkServer) -> None:
    """Not those of its siblings, nor the fork server's own."""
    children = [await start_at_work(server) for _ in range(3)]
    try:
        for child in children:
            links = {path.name: path.readlink() for path in proc(child.pid, "fd").iterdir()}
            assert set(links) == {"0", "1", "2", "3"}
            assert links["0"] == links["1"] == Path("/dev/null")
            assert str(links["2"]).startswith("pipe:")
            assert str(links["3"]).startswith("socket:")
    finally:
        for child in children:
            await child.kill()


async def test_fork_server_has_one_thread(server: ForkServer) -> None:
    child = await Child.start(server)
    await child.kill()
    assert len(list(proc(server.pid, "task").iterdir())) == 1


async def test_fork_server_does_not_fork_with_two_threads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    prepare_fork_servers(monkeypatch, tmp_path, TWO_THREADS)
    async with ForkServer(PYAV.module) as server:
        with pytest.raises(ForkServerDown):
            await Child.start(server)


async def test_child_exit_code_is_reported(server: ForkServer) -> None:
    for number in (signal.SIGKILL, signal.SIGSEGV):
        child = await Child.start(server)
        os.kill(child.pid, number)
        assert await child.ended() == -number
        await child.kill()
    child = await Child.start(server)
    child._writer.close()
    assert await child.ended() == 1
    await child.kill()
    assert not is_running(child.pid)


async def test_child_stderr_is_kept_and_bounded(server: ForkServer) -> None:
    child = await Child.start(server)
    await child.send(Kind.JOB, b"{}")
    assert await child.ended() == 1
    await child.kill()
    assert "ValidationError" in child.stderr_tail
    assert len(child.stderr_tail) < 5000


async def test_children_run_beside_each_other(server: ForkServer) -> None:
    children = await asyncio.gather(*(Child.start(server) for _ in range(8)))
    assert len({child.pid for child in children}) == 8
    await asyncio.gather(*(child.kill() for child in children))
    assert not any(is_running(child.pid) for child in children)


async def test_fork_server_restarts_when_it_dies(server: ForkServer) -> None:
    child = await start_at_work(server)
    first = server.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert await child.ended() == -signal.SIGKILL
    await until(lambda: not is_running(child.pid))
    await child.kill()
    await until(lambda: server.is_ready and server.pid != first)
    another = await Child.start(server)
    await another.kill()


async def test_fork_succeeds_while_the_server_restarts(server: ForkServer) -> None:
    child = await Child.start(server)
    await child.kill()
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    child = await Child.start(server)
    await child.kill()


async def test_fork_server_that_cannot_start_is_not_restarted_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    async with ForkServer(PYAV.module) as server:
        with pytest.raises(ForkServerDown):
            await Child.start(server)
        assert not server.is_ready
        monkeypatch.undo()
        child = await Child.start(server)
        await child.kill()


async def test_cancelled_start_leaves_no_child(server: ForkServer) -> None:
    child = await Child.start(server)
    await child.kill()
    start = asyncio.create_task(Child.start(server))
    async with asyncio.timeout(10):
        while server._run is not None and not server._run._requests:
            await asyncio.sleep(0)  # it is answered within milliseconds: look each time
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    await until(lambda: not proc(server.pid, f"task/{server.pid}/children").read_text())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_stop_signals_do_not_end_fork_server_and_children(
    server: ForkServer, number: signal.Signals
) -> None:
    """Ctrl-C and systemd's stop signal the whole group, and the worker finishes its work first."""
    child = await start_at_work(server)
    try:
        assert server.pid is not None
        for pid in (server.pid, child.pid):
            os.kill(pid, number)
            ignored = int(proc(pid, "status").read_text().split("SigIgn:")[1].split()[0], 16)
            assert ignored & (1 << (number - 1))
        another = await Child.start(server)
        await another.kill()
        assert is_running(child.pid)
    finally:
        await child.kill()


async def test_fork_server_and_children_exit_with_their_owner(server: ForkServer) -> None:
    pid = server.pid
    assert pid is not None
    child = await start_at_work(server)
    await server.__aexit__(None, None, None)
    assert not is_running(pid)
    await until(lambda: not is_running(child.pid))
    await child.kill()


_WORKER = """
import asyncio, json, os
from fotograma_worker.decoding.engines import PYAV
from fotograma_worker.decoding.processes import Child, ForkServer
from fotograma_worker.protocol import ChildLimits, Kind, ScanJob

async def main():
    async with ForkServer(PYAV.module) as server:
        waiting = await Child.start(server)
        working = await Child.start(server)
        limits = ChildLimits(memory_bytes=1 << 30, cpu_seconds=60, max_pixels=1000)
        job = ScanJob(size_bytes=1000, limits=limits)
        await working.send(Kind.JOB, job.model_dump_json().encode())
        await working.receive(1000)  # it asks for bytes from within its sandbox
        print(json.dumps([server.pid, waiting.pid, working.pid]), flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
async def test_killed_worker_leaves_no_process(number: signal.Signals) -> None:
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _WORKER), stdout=asyncio.subprocess.PIPE
    )
    assert worker.stdout is not None
    processes = json.loads(await worker.stdout.readline())
    assert all(map(is_running, processes))
    worker.send_signal(number)
    await worker.wait()
    await until(lambda: not any(map(is_running, processes)), 2.0)
