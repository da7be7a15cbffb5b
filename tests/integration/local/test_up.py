"""`fotograma up`: one command runs everything, finds its data again, and leaves nothing."""

import asyncio
import json
import signal
import socket
from asyncio.subprocess import PIPE
from pathlib import Path

import httpx
import pytest
from fixtures.deadlines import until
from fixtures.leftovers import processes_of
from fixtures.programs import Finished, run_program
from fixtures.up import START_SECONDS, STOP_SECONDS, up, up_command
from fotograma_local.ports import HOST, free_ports
from fotograma_local.processes import base_environment

_ACCOUNT = {"email": "ana@example.com", "password": "correct horse battery"}


async def _try(folder: Path, port: int) -> Finished:
    """Run the command where it cannot run."""
    return await run_program(*up_command(folder, port), folder=folder.parent)


async def _post(port: int, path: str) -> int:
    async with httpx.AsyncClient(timeout=20) as client:
        return (await client.post(f"http://localhost:{port}{path}", json=_ACCOUNT)).status_code


@pytest.mark.middle
async def test_up_finds_its_data_again_even_after_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    port, other_port = free_ports(2)

    async with up(folder, port) as first:
        said = "".join(first.lines)
        assert f"Fotograma runs at http://localhost:{port}" in said
        assert "upload video.mp4 --wait" in said
        async with httpx.AsyncClient(base_url=f"http://localhost:{port}") as client:
            assert "<title>Fotograma</title>" in (await client.get("/")).text
            assert "/video/docs" in (await client.get("/about")).text
            for service in ("auth", "video", "notify"):
                assert (await client.get(f"/{service}/docs")).status_code == 200
                assert (await client.get(f"/{service}/openapi.json")).status_code == 200
        assert await _post(port, "/auth/register") == 201

        twice = await _try(folder, other_port)
        assert twice.exit_status == 1
        assert "runs already" in twice.stdout
        ports = json.loads((folder / "ports.json").read_text())
        await first.end(signal.SIGKILL)
    # What holds data is not killed but stopped, which may take a little.
    await until(lambda: not processes_of(folder), STOP_SECONDS)

    async with up(folder, port) as second:
        assert await _post(port, "/auth/login") == 200
        assert json.loads((folder / "ports.json").read_text()) == ports
        assert await second.end(signal.SIGINT) == 0
    await until(lambda: not processes_of(folder))


async def test_up_names_a_taken_port_and_the_option_for_another(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with socket.create_server((HOST, port)):
        refused = await _try(tmp_path / "data", port)
    assert refused.exit_status == 1
    assert f"port {port} is taken. Choose another one: --port {port + 1}" in refused.stdout


@pytest.mark.middle
async def test_up_ends_while_it_starts(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    process = await asyncio.create_subprocess_exec(
        *up_command(folder, free_ports(1)[0]), stdout=PIPE, env=base_environment()
    )
    await until((folder / "logs" / "rabbitmq.log").exists, START_SECONDS)
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(STOP_SECONDS):
        output, _ = await process.communicate()
    assert process.returncode == 0, output
    await until(lambda: not processes_of(folder))
