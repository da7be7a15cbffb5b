"""How soon a short clip's archive is ready, and how many messages that takes.

A stack of its own is started in a temporary folder, with nothing else to do. A clip is sent
straight to S3; the clock runs from the request that says that it is complete until its archive is
ready. Messages are counted where they are handled.
"""

import asyncio
import re
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from statistics import median

import httpx
from figures import Better, Unit
from footage import ONCE_SECONDS, SHORT_GOP, SMALL
from fotograma_local.services import process_names
from fotograma_local.stack import Options, Stack, run_stack
from gateway import NO_LIMITS, registered
from part import Part

CLIPS = {"10 s of 1080p, PNG 1/s": SHORT_GOP, "10 s of 320x180, PNG 1/s": SMALL}
ROUNDS, QUICK_ROUNDS = 15, 2
WORKERS = 2
POLL_SECONDS = 0.1
"""Each look takes processor time of what is measured."""
_HANDLED = re.compile(r"^fotograma_messages_total\{.*\} (\S+)$", re.MULTILINE)


async def upload(http: httpx.AsyncClient, content: bytes) -> tuple[str, float]:
    """Upload a clip; returns the address of its extraction, and when it was said to be complete."""
    body = {"name": "short.mp4", "size_bytes": len(content)}
    begun = (await http.post("/video/uploads", json=body)).raise_for_status().json()
    address, size = f"/video/uploads/{begun['id']}", begun["part_bytes"]
    numbers = [*range(1, begun["part_count"] + 1)]
    signed = await http.post(f"{address}/parts", json={"numbers": numbers})
    async with httpx.AsyncClient(timeout=60, trust_env=False) as s3:
        for number, url in signed.raise_for_status().json()["urls"].items():
            begin = (int(number) - 1) * size
            (await s3.put(url, content=content[begin : begin + size])).raise_for_status()
    completed = time.time()
    done = await http.post(f"{address}/complete")
    video = done.raise_for_status().json()
    return f"/video/{video['id']}/extractions/{video['extractions'][0]['id']}", completed


async def seconds_to_ready(http: httpx.AsyncClient, clip: bytes) -> float:
    """From an upload's end until the archive is ready."""
    address, completed = await upload(http, clip)
    while True:
        await asyncio.sleep(POLL_SECONDS)
        body = (await http.get(address)).raise_for_status().json()
        if body["finished_at"] is not None:
            if body["status"] != "completed":
                raise RuntimeError(body["status"])
            return datetime.fromisoformat(body["finished_at"]).timestamp() - completed


async def handled(stack: Stack) -> float:
    """How many messages all processes have handled."""
    async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
        pages = [
            (await http.get(f"{stack.address(name)}/metrics")).text
            for name in process_names(WORKERS)
        ]
    return sum(float(count) for page in pages for count in _HANDLED.findall(page))


async def measure_all(part: Part, clips: Mapping[str, bytes]) -> None:
    """Each clip, in turns."""
    with tempfile.TemporaryDirectory() as name:
        options = Options(Path(name), port=None, workers=WORKERS, overrides={"*": NO_LIMITS})
        async with run_stack(options) as stack:
            headers = (await registered(stack))[1]
            async with httpx.AsyncClient(
                base_url=stack.url, headers=headers, timeout=60, trust_env=False
            ) as http:
                for clip in clips.values():  # the first ones compile and connect
                    await seconds_to_ready(http, clip)
                taken: dict[str, list[float]] = {row: [] for row in clips}
                before = await handled(stack)
                rounds = QUICK_ROUNDS if part.quick else ROUNDS
                for _ in range(rounds):
                    for row, clip in clips.items():
                        taken[row].append(await seconds_to_ready(http, clip))
                messages = (await handled(stack) - before) / rounds / len(clips)
    for row, seconds in taken.items():
        part.note(row, "ready", median(seconds), Unit.SECONDS, Better.LESS)
        part.note(row, "least", min(seconds), Unit.SECONDS)
        part.note(row, "messages", messages, Unit.NUMBER, Better.LESS)


def measure(part: Part) -> None:
    """What `measure_all` finds."""
    clips = {row: part.footage.of(film, ONCE_SECONDS).read_bytes() for row, film in CLIPS.items()}
    asyncio.run(measure_all(part, clips))
