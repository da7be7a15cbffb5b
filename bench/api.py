"""What a request costs the process that answers it, and what that asks of PostgreSQL.

A stack of its own is started in a temporary folder. A user has twenty videos, each with a complete
extraction; five clients ask again and again, past the gateway. What a process took is read from
`/proc`, so the clients' own work does not count. Then a second process of each API is started
behind a relay that counts round trips, and connections at sixteen clients.

`/health/live` does nothing: what it takes says how fast the machine is meanwhile.

To compare two releases, run the part in a checkout of each, in turns.
"""

import asyncio
import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
from figures import Better, Unit
from footage import SMALL
from fotograma_local.ports import free_ports
from fotograma_local.services import Service
from fotograma_local.stack import Options, Stack, run_stack
from gateway import NO_LIMITS, registered
from part import Part

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from fixtures.tcp_relay import tcp_relay

ROUNDS, QUICK_ROUNDS = 5, 1
SETTINGS = {**NO_LIMITS, "RATE_RECONCILE_SECONDS": "3600"}
"""What a process tells the others each second is no request's."""
REQUESTS = 300
"""Of a kind in a round."""
CLIENTS, MANY_CLIENTS = 5, 16
VIDEOS = 20
_TICKS = os.sysconf("SC_CLK_TCK")
_COPY_VIDEO = """
WITH copied AS (
 INSERT INTO videos SELECT (jsonb_populate_record(v, jsonb_build_object('id', gen_random_uuid()))).*
 FROM videos v WHERE id = $1 RETURNING id)
INSERT INTO extractions SELECT (jsonb_populate_record(
 e, jsonb_build_object('id', gen_random_uuid(), 'video_id', copied.id))).*
FROM extractions e, copied WHERE video_id = $1
"""


@dataclass(frozen=True)
class Case:
    """A kind of request, and which process answers it."""

    name: str
    process: str
    path: str


def processor_seconds(pid: int) -> float:
    """What a process has taken, in user and in system mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


async def ask(url: str, headers: dict[str, str], path: str, *, clients: int, times: int) -> None:
    """So many requests, by clients that keep their connections and wait for each answer."""

    async def one() -> None:
        async with httpx.AsyncClient(
            base_url=url, headers=headers, timeout=60, trust_env=False
        ) as http:
            for _ in range(times // clients):
                (await http.get(path)).raise_for_status()

    await asyncio.gather(*(one() for _ in range(clients)))


async def milliseconds(stack: Stack, case: Case, headers: dict[str, str]) -> float:
    """What one request takes of the process that answers it."""
    before = processor_seconds(stack.pid(case.process))
    await ask(stack.address(case.process), headers, case.path, clients=CLIENTS, times=REQUESTS)
    return (processor_seconds(stack.pid(case.process)) - before) * 1000 / REQUESTS


async def database_work(stack: Stack, case: Case, headers: dict[str, str]) -> tuple[float, float]:
    """Round trips to PostgreSQL of a request, and new connections of one among sixteen clients."""
    environment = stack.environment(case.process)
    async with tcp_relay(stack.postgres.port) as relay:
        environment["DATABASE_URL"] = relay.url(environment["DATABASE_URL"])
        with tempfile.TemporaryDirectory() as name:
            service = Service(
                case.process, port=free_ports(1)[0], environment=environment, log=Path(name) / "log"
            )
            service.spawn()
            try:
                await asyncio.to_thread(service.wait_until_ready)
                await ask(service.url, headers, case.path, clients=1, times=20)  # statements
                before = relay.round_trips
                await ask(service.url, headers, case.path, clients=1, times=100)
                round_trips = (relay.round_trips - before) / 100
                await ask(service.url, headers, case.path, clients=MANY_CLIENTS, times=160)
                before = relay.connections
                await ask(service.url, headers, case.path, clients=MANY_CLIENTS, times=800)
                return round_trips, (relay.connections - before) / 800
            finally:
                await asyncio.to_thread(service.stop)


async def prepare(stack: Stack, clip: bytes, headers: dict[str, str]) -> str:
    """A library of videos with their archives; returns the id of one."""
    async with httpx.AsyncClient(
        base_url=stack.url, headers=headers, timeout=60, trust_env=False
    ) as http:
        answer = await http.post("/video", files={"file": ("short.mp4", clip)})
        video_id = str(answer.raise_for_status().json()["id"])
        while (await http.get(f"/video/{video_id}")).json()["status"] != "ready":
            await asyncio.sleep(0.1)
    url = stack.database_url("video").replace("+asyncpg", "")
    connection = await asyncpg.connect(url, timeout=10)
    for _ in range(VIDEOS - 1):
        await connection.execute(_COPY_VIDEO, video_id)
    await connection.close()
    return video_id


async def ask_all(part: Part, clip: bytes) -> None:
    """Each kind of request, in rounds."""
    with tempfile.TemporaryDirectory() as name:
        options = Options(
            Path(name), port=None, workers=1, durable=False, overrides={"*": SETTINGS}
        )
        async with run_stack(options) as stack:
            headers = (await registered(stack))[1]
            video_id = await prepare(stack, clip, headers)
            cases = (
                Case("`GET /video`", "video-api", "/video"),
                Case("`GET /video/{id}`", "video-api", f"/video/{video_id}"),
                Case("`GET /auth/me`", "auth-api", "/auth/me"),
                Case("`GET /health/live`", "video-api", "/health/live"),
            )
            for case in cases:  # the first requests compile and connect
                await milliseconds(stack, case, headers)
            taken: dict[str, list[float]] = {case.name: [] for case in cases}
            for _ in range(QUICK_ROUNDS if part.quick else ROUNDS):
                for case in cases:
                    taken[case.name].append(await milliseconds(stack, case, headers))
            for case in cases:
                middle, least = statistics.median(taken[case.name]), min(taken[case.name])
                part.note(case.name, "of the processor", middle, Unit.MILLISECONDS, Better.LESS)
                part.note(case.name, "least", least, Unit.MILLISECONDS)
            for case in cases[:-1]:
                trips, connections = await database_work(stack, case, headers)
                part.note(case.name, "round trips", trips, Unit.NUMBER, Better.LESS)
                part.note(case.name, "new connections", connections, Unit.NUMBER, Better.LESS)


def measure(part: Part) -> None:
    """What `ask_all` finds."""
    asyncio.run(ask_all(part, part.footage.of(SMALL, 10).read_bytes()))
