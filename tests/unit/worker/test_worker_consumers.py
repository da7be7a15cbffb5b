"""Every end of a use case is a named outcome."""

from fractions import Fraction
from uuid import uuid4

import pytest
from fixtures.extraction import limits
from fotograma_contracts.base import Message
from fotograma_contracts.extractions import (
    ArchiveAssemble,
    ArchiveAssembled,
    ExtractionPlan,
    ExtractionPlanned,
    ExtractionRejected,
    LiveSheet,
    Piece,
    PlannedSegment,
    Probe,
    SegmentExtract,
    SegmentExtracted,
    SegmentFailed,
    SegmentProgressed,
    Source,
)
from fotograma_contracts.reasons import Reason
from fotograma_contracts.recipe import Output, Recipe
from fotograma_contracts.samples import SampleTimes
from fotograma_kit.broker import BrokerUnavailable, Done, Rejected, Retry
from fotograma_kit.s3 import ObjectMissing, StoreUnavailable
from fotograma_worker.cancellations import Cancellations
from fotograma_worker.consumers import Handlers, create_consumers
from fotograma_worker.errors import Failure
from fotograma_worker.jobs.extraction import OnProgress
from fotograma_worker.jobs.piece_writer import SegmentCommand
from fotograma_worker.settings import WorkerSettings
from pydantic import SecretStr

ID = uuid4()
SOURCE = Source(key="k", etag="e", size_bytes=1, name="a.mp4")
PROBE = Probe(
    container="mov", codec="h264", width=2, height=2, duration=Fraction(1), frame_rate=None
)
TIMES = SampleTimes(times=(Fraction(0),))
PIECE = Piece(
    index=3, key="p", etag="e", size_bytes=1, index_key="i", index_etag="e", frames=1,
    samples_answered=1,
)  # fmt: skip

SHEET = LiveSheet(
    name="00003.2.0123abcd.00000.jpg", columns=5, tile_width=320, tile_height=180, tiles=40
)
PLAN = ExtractionPlan(extraction_id=ID, attempt=2, source=SOURCE, recipe=Recipe(), limits=limits())
SEGMENT = SegmentExtract(
    extraction_id=ID,
    index=3,
    attempt=2,
    source=SOURCE,
    samples=TIMES,
    output=Output(),
    output_prefix="p/",
    frames_at_most=1,
    work_seconds=1,
    limits=limits(),
)
ASSEMBLE = ArchiveAssemble(
    extraction_id=ID,
    attempt=2,
    source=SOURCE,
    recipe=Recipe(),
    probe=PROBE,
    sample_count=1,
    pieces=(PIECE,),
    archive_key="a.zip",
)
PLANNED = ExtractionPlanned(
    extraction_id=ID,
    attempt=2,
    probe=PROBE,
    sample_count=1,
    frames_at_most=1,
    estimated_archive_bytes=1,
    segments=(PlannedSegment(index=0, samples=TIMES, frames_at_most=1, work_seconds=1),),
)
EXTRACTED = SegmentExtracted(
    extraction_id=ID, index=3, attempt=2, piece=PIECE, video_seconds=1, work_seconds=1
)
ASSEMBLED = ArchiveAssembled(
    extraction_id=ID, attempt=2, archive_key="a.zip", etag="e", size_bytes=1, frames=1
)


class Services:
    """Both services and the broker: answers, or fails with the given error."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.published: list[Message] = []
        self.publish_error: Exception | None = None

    def _end(self) -> None:
        if self.error is not None:
            raise self.error

    async def plan(self, _command: ExtractionPlan) -> ExtractionPlanned:
        self._end()
        return PLANNED

    async def extract(self, _command: SegmentCommand, on_progress: OnProgress) -> SegmentExtracted:
        await on_progress(7, (SHEET,))
        self._end()
        return EXTRACTED

    async def assemble(self, _command: ArchiveAssemble) -> ArchiveAssembled:
        self._end()
        return ASSEMBLED

    async def publish(self, message: Message) -> None:
        if self.publish_error is not None:
            raise self.publish_error
        self.published.append(message)


def handlers_of(services: Services) -> Handlers:
    return Handlers(services, services, services)  # type: ignore[arg-type] # a fake of all three


async def test_handlers_are_done_with_the_use_cases_event() -> None:
    services = Services()
    handlers = handlers_of(services)
    assert await handlers.plan(PLAN) == Done((PLANNED,))
    assert await handlers.extract(SEGMENT) == Done((EXTRACTED,))
    assert await handlers.assemble(ASSEMBLE) == Done((ASSEMBLED,))
    (progressed,) = services.published
    assert isinstance(progressed, SegmentProgressed)
    assert (progressed.index, progressed.attempt, progressed.frames) == (3, 2, 7)
    assert progressed.sheets == (SHEET,)


async def test_handlers_ignore_that_progress_is_not_published() -> None:
    services = Services()
    services.publish_error = BrokerUnavailable("down")
    assert await handlers_of(services).extract(SEGMENT) == Done((EXTRACTED,))


@pytest.mark.parametrize("error", [StoreUnavailable("503"), ObjectMissing("no such upload")])
async def test_handlers_retry_a_transient_error(error: Exception) -> None:
    handlers = handlers_of(Services(error))
    assert await handlers.plan(PLAN) == Retry(str(error))
    assert await handlers.extract(SEGMENT) == Retry(str(error))
    assert await handlers.assemble(ASSEMBLE) == Retry(str(error))


async def test_handlers_reject_a_permanent_failure_with_its_reason() -> None:
    handlers = handlers_of(Services(Failure(Reason.DAMAGED, "It is damaged.")))
    for outcome in (await handlers.plan(PLAN), await handlers.assemble(ASSEMBLE)):
        assert isinstance(outcome, Rejected)
        (event,) = outcome.events
        assert isinstance(event, ExtractionRejected)
        assert (event.extraction_id, event.attempt) == (ID, 2)
        assert (event.reason, event.detail) == (Reason.DAMAGED, "It is damaged.")
    outcome = await handlers.extract(SEGMENT)
    assert isinstance(outcome, Rejected)
    (failed,) = outcome.events
    assert isinstance(failed, SegmentFailed)
    assert (failed.index, failed.attempt, failed.permanent) == (3, 2, True)


async def test_handlers_retry_a_plan_but_reject_a_segment_whose_decoder_was_killed() -> None:
    """A segment's next attempt is the video service's to order; a plan is made again here."""
    handlers = handlers_of(Services(Failure(Reason.DECODER_CRASHED, "Killed.", permanent=False)))
    assert isinstance(await handlers.plan(PLAN), Retry)
    outcome = await handlers.extract(SEGMENT)
    assert isinstance(outcome, Rejected)
    (failed,) = outcome.events
    assert isinstance(failed, SegmentFailed)
    assert not failed.permanent


def test_consumers_are_created_for_queues_with_slots() -> None:
    settings = WorkerSettings(
        rabbitmq_url=SecretStr("amqp://localhost"),
        s3_bucket="b",
        worker_plan_slots=0,
        worker_segment_slots=3,
        worker_assemble_slots=0,
    )
    services = Services()
    consumers = create_consumers(
        services,  # type: ignore[arg-type]
        handlers_of(services),
        Cancellations(),
        settings,
    )
    assert [(c._queue.name, c._slots) for c in consumers] == [
        ("segment.extract", 3),
        ("segment.extract_short", 1),
    ]
