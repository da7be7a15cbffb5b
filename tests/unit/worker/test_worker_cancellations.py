"""A cancelled extraction's work ends at once; a retry of it does not."""

import asyncio
from datetime import timedelta
from fractions import Fraction
from uuid import UUID, uuid4

import pytest
from fotograma_contracts.extractions import (
    ExtractionCancelled,
    Limits,
    SegmentExtract,
    Source,
)
from fotograma_contracts.recipe import Output
from fotograma_contracts.samples import SampleGrid
from fotograma_kit.broker import Done, Outcome, Rejected
from fotograma_worker import cancellations as module
from fotograma_worker.cancellations import Cancellations
from fotograma_worker.jobs.piece_writer import SegmentCommand


def command(extraction_id: UUID) -> SegmentExtract:
    return SegmentExtract(
        extraction_id=extraction_id,
        index=0,
        attempt=1,
        source=Source(key="k", etag="e", size_bytes=1, name="n"),
        samples=SampleGrid(origin=Fraction(0), step=Fraction(1), first=0, last=1),
        output=Output(),
        output_prefix="p/",
        frames_at_most=1,
        work_seconds=1,
        limits=Limits(
            max_frames=1,
            max_pixels=1,
            max_archive_bytes=1,
            segment_work_seconds=1,
            segment_time_limit_seconds=1,
        ),
    )


class Work:
    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.ended_early = False
        self.times = 0

    async def __call__(self, _: SegmentCommand) -> Outcome:
        self.times += 1
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.ended_early = True
            raise
        raise AssertionError("unreachable")


async def finished(_: SegmentCommand) -> Outcome:
    return Rejected("as it comes")


async def test_cancel_ends_the_extractions_running_work_only() -> None:
    cancellations, work, extraction_id = Cancellations(), Work(), uuid4()
    other = Work()
    mine = asyncio.create_task(cancellations.guard(work)(command(extraction_id)))
    theirs = asyncio.create_task(cancellations.guard(other)(command(uuid4())))
    await work.begun.wait()
    await other.begun.wait()
    cancellations.cancel(ExtractionCancelled(extraction_id=extraction_id))
    assert await mine == Done()
    assert work.ended_early
    assert not theirs.done()
    theirs.cancel()
    await asyncio.gather(theirs, return_exceptions=True)


async def test_guard_drops_a_command_from_before_the_cancellation() -> None:
    cancellations, work, extraction_id = Cancellations(), Work(), uuid4()
    queued = command(extraction_id)
    cancellations.cancel(ExtractionCancelled(extraction_id=extraction_id))
    assert await cancellations.guard(work)(queued) == Done()
    assert work.times == 0


async def test_guard_runs_a_retry_from_after_the_cancellation() -> None:
    cancellations, extraction_id = Cancellations(), uuid4()
    event = ExtractionCancelled(extraction_id=extraction_id)
    cancellations.cancel(event)
    retried = command(extraction_id).model_copy(
        update={"occurred_at": event.occurred_at + timedelta(microseconds=1)}
    )
    assert await cancellations.guard(finished)(retried) == Rejected("as it comes")


async def test_guard_raises_cancelled_for_a_stopped_consumer() -> None:
    cancellations, work = Cancellations(), Work()
    task = asyncio.create_task(cancellations.guard(work)(command(uuid4())))
    await work.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.ended_early


async def test_cancellations_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_REMEMBERED", 2)
    cancellations, first = Cancellations(), uuid4()
    queued = command(first)
    for extraction_id in (first, uuid4(), uuid4()):
        cancellations.cancel(ExtractionCancelled(extraction_id=extraction_id))
    assert await cancellations.guard(finished)(queued) == Rejected("as it comes")
