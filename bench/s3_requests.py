"""Requests to S3 of an extraction, and their price.

The worker's own use cases on a real S3, counted where botocore sends them: the plan, the segments
and the archive, without the upload and the deletion of pieces.
"""

import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from figures import Better, Unit
from footage import ONCE_SECONDS, SHORT_GOP
from fotograma_contracts.recipe import Recipe
from fotograma_kit.aws import AwsClient
from fotograma_kit.s3 import Bucket
from fotograma_kit.settings import ObjectStoreSettings
from fotograma_local.provision import create_bucket
from fotograma_worker.jobs.assembly import AssemblyService
from fotograma_worker.jobs.extraction import ExtractionService, WorkLimits
from fotograma_worker.settings import WorkerSettings
from part import Part

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from fixtures.decoders import pyav_decoder
from fixtures.servers import NativeServers, credentials
from fixtures.worker_bench import Bench, no_idle_workers

BUCKET = "requests"
MEMORY_BYTES = 1536 << 20
PART_BYTES: int = WorkerSettings.model_fields["worker_part_bytes"].default
USD_A_WRITE, USD_A_READ = 0.005 / 1000, 0.0004 / 1000
"""What S3 takes for a request."""
READS = {"GET", "HEAD"}


@dataclass(frozen=True)
class Case:
    """A length, and how it is done."""

    name: str
    seconds: int
    segment_work_seconds: float
    at_once: bool


CASES = (
    Case("10 s, written at once", 10, 1000, at_once=True),
    Case("10 s, put together", 10, 1000, at_once=False),
    Case("1 min in one segment, written at once", 60, 1000, at_once=True),
    Case("1 min in one segment, put together", 60, 1000, at_once=False),
    Case("1 min in segments of 2 s of work", 60, 2, at_once=False),
)


@asynccontextmanager
async def counted_bench(folder: Path) -> AsyncIterator[tuple[Bench, Counter[str]]]:
    """The use cases on an S3 of their own, and the methods of the requests that it gets."""
    requests: Counter[str] = Counter()

    def count(request: Any, **_: Any) -> None:
        requests[request.method] += 1

    os.environ |= credentials()
    with NativeServers(folder).s3() as server:
        create_bucket(server, BUCKET, allowed_origins=["*"])
        settings = ObjectStoreSettings(s3_bucket=BUCKET, s3_endpoint_url=server.endpoint_url)
        async with (
            AwsClient("s3", settings, server.endpoint_url) as client,
            pyav_decoder(MEMORY_BYTES) as decoder,
        ):
            client.boto3.meta.events.register("before-send.s3", count)
            bucket, limits = Bucket(client, BUCKET), WorkLimits(900, PART_BYTES, 1)
            extraction = ExtractionService(bucket, decoder, limits, no_idle_workers)
            yield Bench(bucket, extraction, AssemblyService(bucket), uuid4()), requests


async def extract(bench: Bench, case: Case, path: Path, requests: Counter[str]) -> int:
    """Plan, extract, and put together what is not whole; returns the number of segments."""
    recipe, source = Recipe(), await bench.upload(path)
    requests.clear()
    planned = await bench.plan(source, segment_work_seconds=case.segment_work_seconds)
    if case.at_once:
        await bench.extract(bench.whole_segment(source, planned, recipe))
        return 1
    pieces = [(await bench.extract(each)).piece for each in bench.segments(source, planned, recipe)]
    await bench.assembly.assemble(bench.assemble_command(source, planned, recipe, pieces))
    return len(pieces)


async def count_all(part: Part, folder: Path) -> None:
    """Each case."""
    async with counted_bench(folder) as (bench, requests):
        for case in CASES:
            path = part.footage.of(SHORT_GOP, ONCE_SECONDS if part.quick else case.seconds)
            segments = await extract(bench, case, path, requests)
            reads = sum(requests[method] for method in READS)
            writes = requests.total() - reads
            price = writes * USD_A_WRITE + reads * USD_A_READ
            part.note(case.name, "segments", segments, Unit.NUMBER)
            part.note(case.name, "writes", writes, Unit.NUMBER, Better.LESS)
            part.note(case.name, "reads", reads, Unit.NUMBER, Better.LESS)
            part.note(case.name, "of a million, USD", price * 1e6, Unit.NUMBER, Better.LESS)


def measure(part: Part) -> None:
    """What `count_all` finds."""
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(count_all(part, Path(name)))
