"""What logs, histograms and traces take of an API, and whether its own histogram is right.

    .venv/bin/python bench/telemetry.py [--rounds 9] [--before PYTHON]

Processes of the same API stand beside each other on one stack: this release without traces, with
all of them, and with a tenth of them; and the release before logs, histograms and traces. They are
asked in turns, so a machine that is fast and slow by turns is so for all. What counts is what the
process takes of a processor, without the clients' own work: how many requests a core answers is one
second divided by it. The release before is checked out for the time and installed from its lock
file, unless `--before` names an interpreter that has it.

Then the 95th percentile by `fotograma_request_seconds`, as Prometheus reckons it, stands beside the
load generator's. Prints Markdown.
"""

import argparse
import asyncio
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from api import CLIENTS, REQUESTS, SETTINGS, ask, prepare
from footage import SMALL, Footage
from fotograma_kit.request_metrics import SECONDS
from fotograma_local.ports import HOST, free_ports
from fotograma_local.stack import Options, Stack, run_stack
from gateway import registered
from prometheus_client.parser import text_string_to_metric_families

BEFORE = "686f06b"
"""The commit before requests and messages were logged, timed and traced as they are."""
ROOT = Path(__file__).parents[1]
ROUNDS = 9
READY_SECONDS = 300.0
"""What was just installed is compiled as it starts for the first time."""
PERCENTILE = 0.95
BASE = "now"
TRACES = {
    BASE: {},
    "all traced": {"OTEL_TRACES_SAMPLER": "parentbased_always_on"},
    "a tenth traced": {
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.1",
    },
}
TARGETS = {"all traced": 1.05, "a tenth traced": 1.05, BASE: 1.03}
"""At most so much more: traces than this release without, this release than the one before."""
_BUCKETS = tuple(SECONDS._upper_bounds)  # noqa: SLF001 - its borders have no other name


@dataclass(frozen=True)
class Case:
    """A kind of request: its name, the service that answers it, and its path."""

    name: str
    service: str
    path: str

    @property
    def factory(self) -> str:
        """What uvicorn calls."""
        return f"fotograma_{self.service}.main:api"


@dataclass(frozen=True)
class Process:
    """One of the processes that stand beside each other."""

    pid: int
    url: str


@contextlib.contextmanager
def release_before() -> Iterator[str]:
    """The interpreter of a checkout of it, for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="fotograma-before-") as name:
        folder = Path(name) / "checkout"
        _run(ROOT, "git", "worktree", "add", "--quiet", "--detach", str(folder), BEFORE)
        try:
            _run(folder, "scripts/uv", "sync", "--quiet", "--locked")
            yield str(folder / ".venv" / "bin" / "python")
        finally:
            _run(ROOT, "git", "worktree", "remove", "--force", str(folder))


def _run(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, check=True)  # noqa: S603 - its arguments are ours


@contextlib.asynccontextmanager
async def sink() -> AsyncIterator[str]:
    """Somebody who takes spans and reads none of them; gives the base URL."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError, EOFError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
                await reader.readexactly(length)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with await asyncio.start_server(take, HOST, 0) as server:
        yield f"http://{HOST}:{server.sockets[0].getsockname()[1]}"


@contextlib.asynccontextmanager
async def serving(
    python: str, case: Case, environment: dict[str, str], log: Path
) -> AsyncIterator[Process]:
    """One more process of the API, while the block runs."""
    (port,) = free_ports(1)
    command = (python, "-m", "uvicorn", "--factory", case.factory, "--host", HOST)
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, "--port", str(port), env=environment, stdout=output, stderr=output
        )
        try:
            url = f"http://{HOST}:{port}"
            await _until_ready(process, url, log)
            yield Process(process.pid, url)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _until_ready(process: asyncio.subprocess.Process, url: str, log: Path) -> None:
    async with asyncio.timeout(READY_SECONDS), httpx.AsyncClient(trust_env=False) as http:
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"it ended:\n{_end_of(log)}")
            with contextlib.suppress(httpx.TransportError):
                if (await http.get(f"{url}/health/ready")).status_code == 200:
                    return
            await asyncio.sleep(0.1)


def _end_of(log: Path) -> str:
    return log.read_text()[-5_000:]


@contextlib.asynccontextmanager
async def beside_each_other(
    stack: Stack, case: Case, before: str | None, collector: str, folder: Path
) -> AsyncIterator[dict[str, Process]]:
    """A process of each kind."""
    common = stack.environment(f"{case.service}-api")
    async with contextlib.AsyncExitStack() as running:
        processes: dict[str, Process] = {}
        for name, sampler in TRACES.items():
            traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector} if sampler else {}
            own = {**common, **sampler, **traced}
            log = folder / f"{case.service}-{name.replace(' ', '-')}.log"
            served = serving(sys.executable, case, own, log)
            processes[name] = await running.enter_async_context(served)
        if before is not None:
            served = serving(before, case, common, folder / f"{case.service}-before.log")
            processes["before"] = await running.enter_async_context(served)
        yield processes


def nanoseconds(pid: int) -> int:
    """What another process has taken of a processor: its clock's number is Linux's, by the id.

    `/proc` counts in hundredths of a second.
    """
    return time.clock_gettime_ns((~pid << 3) | 2)


async def milliseconds(process: Process, case: Case, headers: dict[str, str]) -> float:
    """What one request takes of the process."""
    taken = nanoseconds(process.pid)
    await ask(process.url, headers, case.path, clients=CLIENTS, times=REQUESTS)
    return (nanoseconds(process.pid) - taken) / 1e6 / REQUESTS


async def compare(
    case: Case, processes: dict[str, Process], headers: dict[str, str], rounds: int
) -> list[str]:
    """Rows of the table: each kind of process, by what its rounds took against the base's."""
    for process in processes.values():  # the first requests compile and connect
        await milliseconds(process, case, headers)
    taken: dict[str, list[float]] = {name: [] for name in processes}
    for _ in range(rounds):
        for name, process in processes.items():
            taken[name].append(await milliseconds(process, case, headers))
    return [
        _row(case.name, name, "before" if name == BASE else BASE, taken)
        for name in processes
        if name != "before"
    ]


def _row(case: str, name: str, against: str, taken: dict[str, list[float]]) -> str:
    own = statistics.median(taken[name])
    if against not in taken:
        return f"| {case} | {name} | {own:.2f} | | | | |"
    other = statistics.median(taken[against])
    ratio = statistics.median(a / b for a, b in zip(taken[name], taken[against], strict=True))
    kept = "yes" if ratio <= TARGETS[name] else "**no**"
    target = f"{TARGETS[name]:.2f}"
    return f"| {case} | {name} | {own:.2f} | {other:.2f} | {ratio:.3f} | {target} | {kept} |"


async def percentiles(process: Process, case: Case, headers: dict[str, str], clients: int) -> str:
    """A row: the 95th percentile by the load generator and by the histogram, in milliseconds."""
    before = await _buckets(process)
    rounds = await asyncio.gather(
        *(_timed(process, case, headers, clients) for _ in range(clients))
    )
    seen = sorted(seconds for each in rounds for seconds in each)
    after = await _buckets(process)
    own = _quantile([now - then for now, then in zip(after, before, strict=True)])
    theirs = seen[int(len(seen) * PERCENTILE)]
    apart = abs(bisect_left(_BUCKETS, own) - bisect_left(_BUCKETS, theirs))
    ratio = own / theirs
    kept = "yes" if abs(ratio - 1) <= 0.1 or apart <= 1 else "**no**"
    return (
        f"| {case.name} | {clients} | {theirs * 1000:.1f} | {own * 1000:.1f} | {ratio:.2f} "
        f"| {apart} | {kept} |"
    )


async def _timed(
    process: Process, case: Case, headers: dict[str, str], clients: int
) -> list[float]:
    taken = []
    async with httpx.AsyncClient(
        base_url=process.url, headers=headers, timeout=60, trust_env=False
    ) as http:
        for _ in range(2 * REQUESTS // clients):
            began = time.perf_counter()
            async with http.stream("GET", case.path) as answer:
                taken.append(time.perf_counter() - began)
                answer.raise_for_status()
                await answer.aread()
    return taken


async def _buckets(process: Process) -> list[float]:
    """The histogram of requests to the API, cumulative, over all routes."""
    async with httpx.AsyncClient(trust_env=False) as http:
        text = (await http.get(f"{process.url}/metrics")).text
    found = dict.fromkeys(_BUCKETS, 0.0)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "fotograma_request_seconds_bucket" and sample.labels["kind"] == "api":
                found[float(sample.labels["le"])] += sample.value
    return list(found.values())


def _quantile(cumulative: list[float]) -> float:
    """As Prometheus's `histogram_quantile`: even within a bucket."""
    rank = cumulative[-1] * PERCENTILE
    index = bisect_left(cumulative, rank)
    below = cumulative[index - 1] if index else 0.0
    low, high = (_BUCKETS[index - 1] if index else 0.0), _BUCKETS[index]
    return low + (high - low) * (rank - below) / (cumulative[index] - below)


async def measure(before: str | None, rounds: int) -> None:
    """Print both tables."""
    print("| request | process | ms of processor | against | ratio | at most | kept |")
    print("|---|---|---|---|---|---|---|")
    agreement = []
    with tempfile.TemporaryDirectory(prefix="fotograma-bench-") as name:
        folder = Path(name)
        options = Options(
            folder / "data", port=None, workers=1, durable=False, overrides={"*": SETTINGS}
        )
        async with run_stack(options) as stack, sink() as collector:
            headers = (await registered(stack))[1]
            clip = Footage(folder / "footage", quick=True).of(SMALL, 10).read_bytes()
            video_id = await prepare(stack, clip, headers)
            for case in (
                Case("`GET /video`", "video", "/video"),
                Case("`GET /video/{id}`", "video", f"/video/{video_id}"),
                Case("`GET /auth/me`", "auth", "/auth/me"),
            ):
                beside = beside_each_other(stack, case, before, collector, folder)
                async with beside as processes:
                    for row in await compare(case, processes, headers, rounds):
                        print(row, flush=True)
                    agreement += [
                        await percentiles(processes[BASE], case, headers, clients)
                        for clients in (1, CLIENTS)
                    ]
    print("\n| request | clients | p95 ms, theirs | ours | ratio | buckets apart | kept |")
    print("|---|---|---|---|---|---|---|")
    print("\n".join(agreement))


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--before", help="an interpreter that has the release before")
    options = parser.parse_args()
    with contextlib.ExitStack() as checkout:
        before = options.before or checkout.enter_context(release_before())
        asyncio.run(measure(before, options.rounds))


if __name__ == "__main__":
    main()
