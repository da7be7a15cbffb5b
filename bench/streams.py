"""What one user's streams of live events cost another user's requests.

    .venv/bin/python bench/streams.py [STREAMS] [SECONDS]

A stack of its own is started in a temporary folder. One user asks for so many streams, again where
they are refused or end, and renames a video four times a second; another lists their videos all the
while, twenty times a second at most. Everything goes through the gateway. Prints Markdown.

Who asks takes processor time as well, on the same machine: so the same is measured beside as many
requests that the gateway answers itself, which cost the service nothing.
"""

import asyncio
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from fotograma_local.stack import Options, run_stack
from gateway import registered

STREAMS, SECONDS = 2_000, 60.0
EVENTS, NOTHING = "/video/events", "/video-nothing"
"""What is asked for: streams, and what the gateway answers with 404."""
NICENESS = 10
"""Of who asks, so that the product comes first."""
OPENED_AT_ONCE = 50
RENAMES_PER_SECOND = 4
QUARTERS = 4
"""Refused streams are asked for again all at once: between these waves it is another picture."""
PAUSE_SECONDS = 0.05
ASK_AGAIN_SECONDS = 45.0
"""Where a refusal does not say when: as long as those that do say on average."""
_BLOCK = 65_536


@dataclass(frozen=True)
class Target:
    """The product, for a user."""

    url: str
    headers: dict[str, str]

    def client(self) -> httpx.AsyncClient:
        """Requests of the user."""
        return httpx.AsyncClient(
            base_url=self.url, headers=self.headers, timeout=60, trust_env=False
        )


class Streams:
    """A user who wants more streams than one may have."""

    def __init__(self, target: Target, path: str) -> None:
        self._target = target
        self._path = path
        self._turns = asyncio.Semaphore(OPENED_AT_ONCE)
        self.seen: Counter[str] = Counter()
        self.open = 0
        self.most = 0

    async def insist(self) -> None:
        """One stream, asked for again and again."""
        while True:
            pause = ASK_AGAIN_SECONDS
            with suppress(OSError, asyncio.IncompleteReadError):
                pause = await self._ask()
            await asyncio.sleep(pause)

    async def _ask(self) -> float:
        """Read a stream to its end; returns after how long to ask for another."""
        parts = urlsplit(self._target.url)
        async with self._turns:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            try:
                lines = [f"GET {self._path} HTTP/1.1", f"Host: {parts.netloc}"]
                lines += [f"{name}: {value}" for name, value in self._target.headers.items()]
                writer.write("\r\n".join([*lines, "", ""]).encode())
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            except BaseException:
                writer.close()
                raise
        status = head.split(" ", 2)[1]
        self.seen[status] += 1
        try:
            if status != "200":
                wait = head.partition("retry-after: ")[2].split("\r\n")[0]
                return float(wait) if wait else ASK_AGAIN_SECONDS
            await self._read(reader)
        finally:
            writer.close()
        return ASK_AGAIN_SECONDS

    async def _read(self, reader: asyncio.StreamReader) -> None:
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            while await reader.read(_BLOCK):
                pass
        finally:
            self.open -= 1
            self.seen["ended"] += 1


async def rename(target: Target, video_id: str) -> None:
    """Change a video four times a second, for ever."""
    async with target.client() as http:
        number = 0
        while True:
            number += 1
            with suppress(httpx.HTTPError):
                await http.patch(f"/video/{video_id}", json={"name": f"{number}.mp4"})
            await asyncio.sleep(1 / RENAMES_PER_SECOND)


async def _attack(
    target: Target, path: str, streams: int, seconds: float, result: "multiprocessing.Queue[str]"
) -> None:
    async with target.client() as http:
        answer = await http.post("/video", files={"file": ("0.mp4", b"no video")})
        video_id = answer.raise_for_status().json()["id"]
    asked = Streams(target, path)
    tasks = [asyncio.create_task(asked.insist()) for _ in range(streams)]
    tasks.append(asyncio.create_task(rename(target, video_id)))
    await asyncio.sleep(seconds)
    seen = ", ".join(f"{count} of {what}" for what, count in sorted(asked.seen.items()))
    result.put(f"{asked.most} open at once; {seen}")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def attack(
    target: Target, path: str, streams: int, seconds: float, result: "multiprocessing.Queue[str]"
) -> None:
    """In a process of its own, whose work the other user's clock does not see."""
    os.nice(NICENESS)
    asyncio.run(_attack(target, path, streams, seconds, result))


@dataclass(frozen=True)
class Answers:
    """To `GET /video`, one after the other."""

    milliseconds: list[float]
    failed: int
    """Of them, with another status than 200."""


async def answers(target: Target, seconds: float) -> Answers:
    """List the videos again and again."""
    taken, failed = [], 0
    async with target.client() as http:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            started = time.perf_counter()
            answer = await http.get("/video")
            taken.append((time.perf_counter() - started) * 1000)
            failed += answer.status_code != HTTPStatus.OK
            await asyncio.sleep(PAUSE_SECONDS)
    return Answers(sorted(taken), failed)


def together(parts: list[Answers]) -> Answers:
    """The answers of all parts."""
    return Answers(
        sorted(each for part in parts for each in part.milliseconds),
        sum(part.failed for part in parts),
    )


def show(what: str, found: Answers) -> None:
    """A row of the table."""
    taken = found.milliseconds
    p50, p95 = statistics.median(taken), taken[int(len(taken) * 0.95)]
    row = f"| {what} | {p50:.0f} | {p95:.0f} | {taken[-1]:.0f} | {found.failed} of {len(taken)} |"
    print(row, flush=True)


async def measure(streams: int, seconds: float) -> None:
    """Print the table."""
    result: multiprocessing.Queue[str] = multiprocessing.Queue()
    with tempfile.TemporaryDirectory(prefix="fotograma-bench-") as name:
        options = Options(Path(name) / "data", port=None, workers=1, durable=False)
        async with run_stack(options) as stack:
            one, other = [Target(stack.url, (await registered(stack))[1]) for _ in range(2)]
            print("| another user's `GET /video` | p50 ms | p95 ms | most ms | failed |")
            print("|---|---|---|---|---|")
            show("alone", await answers(other, seconds / 4))
            seen = []
            for what, path in (
                (f"{streams:,} requests for nothing", NOTHING),
                (f"{streams:,} streams", EVENTS),
            ):
                arguments = (one, path, streams, seconds, result)
                attacker = multiprocessing.Process(target=attack, args=arguments)
                attacker.start()
                quarters = [await answers(other, seconds / QUARTERS) for _ in range(QUARTERS)]
                show(f"beside {what}", together(quarters))
                for number, quarter in enumerate(quarters, 1):
                    show(f"of which quarter {number}", quarter)
                seen.append(f"{what}: {await asyncio.to_thread(result.get)}")
                attacker.join()
            print("", *seen, sep="\n")


if __name__ == "__main__":
    arguments = [float(each) for each in sys.argv[1:3]]
    wanted, long = [*arguments, *(STREAMS, SECONDS)[len(arguments) :]]
    asyncio.run(measure(int(wanted), long))
