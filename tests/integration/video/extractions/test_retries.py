"""Users cancel and try again; what is done is not done again."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from fixtures.extractions import (
    assembled,
    dispatch_all,
    extracted,
    failed,
    outbox,
    planned,
    state,
    upload,
)
from fixtures.video import Service
from fotograma_contracts.extractions import (
    ArchiveAssemble,
    ExtractionCancelled,
    ExtractionPlan,
    ExtractionRejected,
)
from fotograma_contracts.reasons import Reason
from fotograma_contracts.videos import VideoFailed, VideoProcessed
from fotograma_video.domain import SegmentStatus
from fotograma_video.models import Extraction, Segment
from sqlalchemy import select, update


async def post(user: httpx.AsyncClient, video: UUID, extraction: UUID, what: str) -> httpx.Response:
    return await user.post(f"/video/{video}/extractions/{extraction}/{what}")


async def segments(service: Service) -> list[tuple[SegmentStatus, int]]:
    async with service.database.transaction() as session:
        rows = (await session.scalars(select(Segment).order_by(Segment.index))).all()
    return [(row.status, row.attempt) for row in rows]


async def test_cancelled_extraction_stops_everything(
    user: httpx.AsyncClient, service: Service
) -> None:
    video, extraction = await upload(user)
    await service.processing.planned(planned(extraction))
    answer = await post(user, video, extraction, "cancel")
    assert answer.status_code == 200
    assert answer.json()["status"] == "cancelled"
    (event,) = await outbox(service, ExtractionCancelled)
    assert event.extraction_id == extraction
    for index in range(2):
        await service.processing.segment_extracted(extracted(extraction, index))
    assert await outbox(service, ArchiveAssemble) == []
    assert await outbox(service, VideoFailed) == []
    again = await post(user, video, extraction, "cancel")
    assert again.status_code == 409
    assert again.json()["code"] == "not_running"


async def test_retry_uses_the_stored_pieces(user: httpx.AsyncClient, service: Service) -> None:
    video, extraction = await upload(user)
    await service.processing.planned(planned(extraction))
    await dispatch_all(service, extraction)
    await service.processing.segment_extracted(extracted(extraction, 0))
    await service.processing.segment_failed(failed(extraction, 1, 1, permanent=True))
    assert (await state(user, video, extraction))["status"] == "failed"

    answer = await post(user, video, extraction, "retry")
    assert answer.status_code == 200
    assert answer.json()["status"] == "extracting"
    assert answer.json()["reason"] is None
    assert await segments(service) == [(SegmentStatus.EXTRACTED, 1), (SegmentStatus.WAITING, 4)]
    await service.janitor.tidy()

    await dispatch_all(service, extraction)
    await service.processing.segment_failed(failed(extraction, 1, 1, permanent=True))  # late
    await service.processing.segment_extracted(extracted(extraction, 1, attempt=4))
    await service.processing.archive_assembled(assembled(extraction))
    assert (await state(user, video, extraction))["status"] == "completed"
    assert len(await outbox(service, VideoProcessed)) == 1


async def test_each_run_has_all_its_attempts(user: httpx.AsyncClient, service: Service) -> None:
    video, extraction = await upload(user)
    await service.processing.planned(planned(extraction, segments=1))
    for attempt in (1, 2, 3):
        await dispatch_all(service, extraction)
        await service.processing.segment_failed(failed(extraction, 0, attempt, permanent=False))
    await post(user, video, extraction, "retry")
    for attempt in (4, 5):
        await dispatch_all(service, extraction)
        await service.processing.segment_failed(failed(extraction, 0, attempt, permanent=False))
        assert (await state(user, video, extraction))["status"] == "extracting"
    await dispatch_all(service, extraction)
    await service.processing.segment_failed(failed(extraction, 0, 6, permanent=False))
    assert (await state(user, video, extraction))["status"] == "failed"
    assert [event.tries for event in await outbox(service, VideoFailed)] == [1, 2]


async def test_retry_without_a_plan_plans_again(user: httpx.AsyncClient, service: Service) -> None:
    video, extraction = await upload(user)
    await service.processing.rejected(
        ExtractionRejected(
            extraction_id=extraction, attempt=1, reason=Reason.TIME_LIMIT, detail="Too slow."
        )
    )
    assert (await post(user, video, extraction, "retry")).json()["status"] == "planning"
    assert len(await outbox(service, ExtractionPlan)) == 2


async def test_retry_with_all_pieces_assembles_again(
    user: httpx.AsyncClient, service: Service
) -> None:
    video, extraction = await upload(user)
    await service.processing.planned(planned(extraction, segments=1))
    await service.processing.segment_extracted(extracted(extraction, 0))
    (command,) = await outbox(service, ArchiveAssemble)
    await service.processing.dead_lettered(command, extraction)
    assert (await post(user, video, extraction, "retry")).json()["status"] == "assembling"
    first, second = await outbox(service, ArchiveAssemble)
    assert first.archive_key != second.archive_key
    assert first.pieces == second.pieces


async def test_retry_after_a_day_plans_and_extracts_again(
    user: httpx.AsyncClient, service: Service
) -> None:
    video, extraction = await upload(user)
    await service.processing.planned(planned(extraction))
    await service.processing.segment_extracted(extracted(extraction, 0))
    await post(user, video, extraction, "cancel")
    # The API has a clock of its own, so the end is moved back instead of the clock on.
    await _ended_before(service, timedelta(seconds=service.settings.video_retry_seconds + 1))
    assert (await post(user, video, extraction, "retry")).json()["status"] == "planning"
    assert await segments(service) == []


@pytest.mark.parametrize("complete", [True, False])
async def test_retry_needs_a_failed_or_cancelled_extraction(
    user: httpx.AsyncClient, service: Service, *, complete: bool
) -> None:
    video, extraction = await upload(user)
    if complete:
        await service.processing.planned(planned(extraction, segments=1))
        await service.processing.segment_extracted(extracted(extraction, 0))
        await service.processing.archive_assembled(assembled(extraction))
    answer = await post(user, video, extraction, "retry")
    assert answer.status_code == 409
    assert answer.json()["code"] == "not_retryable"


async def test_retry_of_another_users_extraction_is_not_found(
    user: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    video, extraction = await upload(user)
    for what in ("cancel", "retry"):
        assert (await post(stranger, video, extraction, what)).status_code == 404


async def _ended_before(service: Service, ago: timedelta) -> None:
    async with service.database.transaction() as session:
        await session.execute(update(Extraction).values(finished_at=service.clock() - ago))
