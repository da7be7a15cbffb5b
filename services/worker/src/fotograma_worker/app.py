"""The only place that wires the worker's parts together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from fastapi import FastAPI
from fotograma_contracts.extractions import ExtractionCancelled
from fotograma_kit.aws import AwsClient
from fotograma_kit.broker import Broker, Listener
from fotograma_kit.draining import draining
from fotograma_kit.s3 import Bucket
from fotograma_kit.web import create_web_app

from fotograma_worker import metrics
from fotograma_worker.cancellations import Cancellations
from fotograma_worker.consumers import Handlers, create_consumers
from fotograma_worker.decoding.child_decoder import ChildDecoder
from fotograma_worker.decoding.engines import FFMPEG, PYAV
from fotograma_worker.decoding.memory import available_bytes, children_at_once
from fotograma_worker.decoding.processes import ForkServer
from fotograma_worker.decoding.sandboxes import KernelSandbox, NoSandbox
from fotograma_worker.fleet import Fleet
from fotograma_worker.jobs.assembly import AssemblyService
from fotograma_worker.jobs.extraction import ExtractionService, WorkLimits
from fotograma_worker.settings import WorkerSettings

log = structlog.get_logger(__name__)


def create_worker(settings: WorkerSettings, fork_server: ForkServer) -> FastAPI:
    """The worker process: consumers, and an app that serves health and metrics."""
    broker = Broker(settings, "worker")
    s3 = AwsClient("s3", settings, settings.s3_endpoint_url)
    bucket = Bucket(
        s3,
        settings.s3_bucket,
        on_read=metrics.BYTES_READ.inc,
        on_written=metrics.BYTES_WRITTEN.inc,
    )
    decoder = _decoder(settings, fork_server)
    limits = WorkLimits(
        plan_seconds=settings.worker_plan_seconds,
        part_bytes=settings.worker_part_bytes,
        progress_seconds=settings.worker_progress_seconds,
    )
    extraction = ExtractionService(bucket, decoder, limits, Fleet(broker).idle_workers)
    handlers = Handlers(extraction, AssemblyService(bucket), broker)
    cancellations = Cancellations()
    listener = Listener(settings, ExtractionCancelled, cancellations.cancel)
    consumers = create_consumers(broker, handlers, cancellations, settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for resource in (s3, broker, decoder):
                await stack.enter_async_context(resource)
            runs = (listener.run, *(consumer.run for consumer in consumers))
            await stack.enter_async_context(draining(*runs, seconds=settings.drain_seconds))
            yield

    return create_web_app(
        settings,
        service="worker",
        checks={"rabbitmq": broker.ping, "s3": bucket.ping, "sandbox": decoder.check_sandbox},
        lifespan=lifespan,
    )


def _decoder(settings: WorkerSettings, fork_server: ForkServer) -> ChildDecoder:
    memory_bytes, at_once = settings.worker_decoder_memory_bytes, _children_at_once(settings)
    if settings.decoder == "ffmpeg":
        return ChildDecoder(FFMPEG, NoSandbox("DECODER=ffmpeg"), memory_bytes, at_once=at_once)
    sandbox = KernelSandbox(required=settings.sandbox == "required")
    return ChildDecoder(PYAV, sandbox, memory_bytes, fork_server, at_once)


def _children_at_once(settings: WorkerSettings) -> int:
    """As many as memory holds; with fewer than there are slots some jobs wait for their turn."""
    memory_bytes = settings.worker_memory_bytes or available_bytes()
    at_once = children_at_once(memory_bytes, settings.worker_decoder_memory_bytes)
    if at_once < settings.decoding_slots:
        log.warning(
            "memory holds fewer decoders than there are slots",
            decoders=at_once,
            slots=settings.decoding_slots,
            memory_bytes=memory_bytes,
        )
    return at_once
