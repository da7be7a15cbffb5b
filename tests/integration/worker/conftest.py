"""The worker's use cases on a real S3 and real decoding children."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from fixtures.decoders import pyav_decoder
from fixtures.worker_bench import Bench, no_idle_workers
from fotograma_kit.aws import AwsClient
from fotograma_kit.s3 import Bucket
from fotograma_kit.settings import ObjectStoreSettings
from fotograma_local.aws import Aws
from fotograma_worker.decoding.child_decoder import ChildDecoder
from fotograma_worker.jobs.assembly import AssemblyService
from fotograma_worker.jobs.extraction import ExtractionService, WorkLimits

MIB = 1 << 20


@pytest.fixture
def s3(s3_server: Aws) -> Any:
    """A boto3 client, to look at what the worker did."""
    return s3_server.client("s3")


@pytest.fixture
async def store(s3_server: Aws, bucket: str) -> AsyncIterator[Bucket]:
    """The kit's adapter on an empty bucket."""
    settings = ObjectStoreSettings(s3_bucket=bucket, s3_endpoint_url=s3_server.endpoint_url)
    async with AwsClient("s3", settings, s3_server.endpoint_url) as client:
        yield Bucket(client, bucket)


@pytest.fixture(scope="session")
async def decoder() -> AsyncIterator[ChildDecoder]:
    """Decodes in child processes."""
    async with pyav_decoder(1024 * MIB) as decoder:
        yield decoder


@pytest.fixture
def bench(store: Bucket, decoder: ChildDecoder) -> Bench:
    """The use cases, wired as in the app."""
    work_limits = WorkLimits(plan_seconds=60, part_bytes=5 * MIB, progress_seconds=0.5)
    return Bench(
        store=store,
        extraction=ExtractionService(store, decoder, work_limits, no_idle_workers),
        assembly=AssemblyService(store),
        extraction_id=uuid4(),
    )
