"""Consume commands: run one use case for each, and return a named outcome."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fotograma_contracts.base import Message
from fotograma_contracts.extractions import (
    ArchiveAssemble,
    ExtractionPlan,
    ExtractionRejected,
    LiveSheet,
    SegmentExtract,
    SegmentFailed,
    SegmentProgressed,
    ShortSegmentExtract,
)
from fotograma_contracts.topology import (
    ASSEMBLE_QUEUE,
    PLAN_QUEUE,
    SEGMENT_QUEUE,
    SHORT_SEGMENT_QUEUE,
    Queue,
)
from fotograma_kit.broker import (
    Broker,
    BrokerUnavailable,
    Consumer,
    Done,
    Handler,
    Outcome,
    Rejected,
    Retry,
)
from fotograma_kit.s3 import ObjectMissing, StoreUnavailable

from fotograma_worker import metrics
from fotograma_worker.cancellations import Cancellations
from fotograma_worker.errors import Failure
from fotograma_worker.jobs.assembly import AssemblyService
from fotograma_worker.jobs.extraction import ExtractionService
from fotograma_worker.jobs.piece_writer import SegmentCommand
from fotograma_worker.settings import WorkerSettings

log = structlog.get_logger(__name__)

_TRANSIENT = (StoreUnavailable, ObjectMissing)
"""Errors that a retry may overcome. A missing object here is one being written: its upload was
aborted."""


class Handlers:
    """Handles commands, one method for each."""

    def __init__(
        self, extraction: ExtractionService, assembly: AssemblyService, broker: Broker
    ) -> None:
        self._extraction = extraction
        self._assembly = assembly
        self._broker = broker

    async def plan(self, command: ExtractionPlan) -> Outcome:
        """Handle `extraction.plan`."""
        try:
            return Done((await self._extraction.plan(command),))
        except Failure as failure:
            return _rejected(command, failure)
        except _TRANSIENT as error:
            return Retry(str(error))

    async def extract(self, command: SegmentCommand) -> Outcome:
        """Handle `segment.extract` and `segment.extract_short`."""

        async def publish_progress(frames: int, sheets: Sequence[LiveSheet]) -> None:
            event = SegmentProgressed(
                extraction_id=command.extraction_id,
                index=command.index,
                attempt=command.attempt,
                frames=frames,
                sheets=tuple(sheets),
            )
            try:
                await self._broker.publish(event)
            except BrokerUnavailable as error:
                log.info("progress not published", error=str(error))

        try:
            extracted = await self._extraction.extract(command, publish_progress)
        except Failure as failure:
            metrics.SEGMENTS.labels("failed", failure.reason).inc()
            return Rejected(str(failure), (_segment_failed(command, failure),))
        except _TRANSIENT as error:
            metrics.SEGMENTS.labels("retried", "").inc()
            return Retry(str(error))
        metrics.SEGMENTS.labels("done", "").inc()
        return Done((extracted,))

    async def assemble(self, command: ArchiveAssemble) -> Outcome:
        """Handle `archive.assemble`."""
        try:
            return Done((await self._assembly.assemble(command),))
        except Failure as failure:
            return _rejected(command, failure)
        except _TRANSIENT as error:
            return Retry(str(error))


def create_consumers(
    broker: Broker, handlers: Handlers, cancellations: Cancellations, settings: WorkerSettings
) -> tuple[Consumer, ...]:
    """Create a consumer for each queue that this worker has slots for."""
    plan, extract, assemble = (
        cancellations.guard(handlers.plan),
        cancellations.guard(handlers.extract),
        cancellations.guard(handlers.assemble),
    )
    work: tuple[tuple[Queue, Mapping[type[Message], Handler[Any]], int], ...] = (
        (
            PLAN_QUEUE,
            {ExtractionPlan: plan},
            settings.worker_plan_slots,
        ),
        (SEGMENT_QUEUE, {SegmentExtract: extract}, settings.worker_segment_slots),
        (
            SHORT_SEGMENT_QUEUE,
            {ShortSegmentExtract: extract},
            settings.worker_short_segment_slots,
        ),
        (
            ASSEMBLE_QUEUE,
            {ArchiveAssemble: assemble},
            settings.worker_assemble_slots,
        ),
    )
    return tuple(
        Consumer(broker, queue, handles, slots=slots) for queue, handles, slots in work if slots
    )


def _rejected(command: ExtractionPlan | ArchiveAssemble, failure: Failure) -> Outcome:
    """Reject the command for good, or retry it: the video service does not run a plan or an
    assembly again.
    """
    if not failure.permanent:
        return Retry(str(failure))
    event = ExtractionRejected(
        extraction_id=command.extraction_id,
        attempt=command.attempt,
        reason=failure.reason,
        detail=failure.detail,
    )
    return Rejected(str(failure), (event,))


def _segment_failed(command: SegmentCommand, failure: Failure) -> SegmentFailed:
    return SegmentFailed(
        extraction_id=command.extraction_id,
        index=command.index,
        attempt=command.attempt,
        reason=failure.reason,
        detail=failure.detail,
        permanent=failure.permanent,
    )
