"""From plan to archive: late, repeated and lost messages change nothing they should not."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fixtures.extractions import (
    WARNING,
    archive_key,
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
from fotograma_archive.names import frame_index_key, sprite_sheets_prefix
from fotograma_contracts.base import Message
from fotograma_contracts.extractions import (
    ArchiveAssemble,
    ExtractionPlan,
    ExtractionRejected,
)
from fotograma_contracts.reasons import ExtractionWarning, Reason
from fotograma_contracts.videos import VideoFailed, VideoProcessed
from fotograma_local.aws import Aws
from fotograma_video.domain import SegmentStatus
from fotograma_video.models import Segment, Sweep
from sqlalchemy import select


async def test_extraction_runs_from_plan_to_archive(
    user: httpx.AsyncClient, service: Service
) -> None:
    video_id, extraction_id = await upload(user)
    (plan,) = await outbox(service, ExtractionPlan)
    assert plan.extraction_id == extraction_id
    assert plan.source.size_bytes == len(b"not decoded here")

    await service.processing.planned(planned(extraction_id))
    body = await state(user, video_id, extraction_id)
    assert body["status"] == "extracting"
    assert body["source"]["codec"] == "h264"
    assert body["progress"]["frames_at_most"] == 10

    await service.processing.segment_extracted(extracted(extraction_id, 1))
    body = await state(user, video_id, extraction_id)
    assert body["progress"] == {
        "frames": 5,
        "frames_at_most": 10,
        "segments_done": 1,
        "segments": 2,
        "percent": 50.0,
    }

    await service.processing.segment_extracted(extracted(extraction_id, 0))
    (assemble,) = await outbox(service, ArchiveAssemble)
    assert [piece.index for piece in assemble.pieces] == [0, 1]
    assert (await state(user, video_id, extraction_id))["status"] == "assembling"

    await service.processing.archive_assembled(assembled(extraction_id))
    body = await state(user, video_id, extraction_id)
    assert body["status"] == "completed"
    assert body["frames"] == 10
    assert body["progress"]["percent"] == 100.0
    assert (await user.get(f"/video/{video_id}")).json()["status"] == "ready"
    (processed,) = await outbox(service, VideoProcessed)
    assert (processed.video_id, processed.frames) == (video_id, 10)


async def test_repeated_messages_change_nothing(user: httpx.AsyncClient, service: Service) -> None:
    video_id, extraction_id = await upload(user)
    processing = service.processing
    events: list[tuple[Any, Message]] = [
        (processing.planned, planned(extraction_id)),
        (processing.segment_extracted, extracted(extraction_id, 0)),
        (processing.segment_extracted, extracted(extraction_id, 1)),
        (processing.archive_assembled, assembled(extraction_id)),
    ]
    for handle, event in events:
        await asyncio.gather(handle(event), handle(event))
        await handle(event)
        await handle(event.model_copy(update={"id": uuid4()}))  # said again in other words
    assert (await state(user, video_id, extraction_id))["status"] == "completed"
    assert len(await outbox(service, ArchiveAssemble)) == 1
    assert len(await outbox(service, VideoProcessed)) == 1


async def test_last_two_pieces_at_once_are_assembled_once(
    user: httpx.AsyncClient, service: Service
) -> None:
    _, extraction_id = await upload(user)
    await service.processing.planned(planned(extraction_id, segments=8))
    await asyncio.gather(
        *(service.processing.segment_extracted(extracted(extraction_id, i)) for i in range(8))
    )
    assert len(await outbox(service, ArchiveAssemble)) == 1


async def test_first_piece_of_a_segment_is_kept(user: httpx.AsyncClient, service: Service) -> None:
    _, extraction_id = await upload(user)
    await service.processing.planned(planned(extraction_id, segments=2))
    await service.processing.segment_extracted(extracted(extraction_id, 0, attempt=2))
    await service.processing.segment_extracted(extracted(extraction_id, 0, attempt=1))
    await service.processing.segment_extracted(extracted(extraction_id, 1))
    (assemble,) = await outbox(service, ArchiveAssemble)
    assert [piece.key for piece in assemble.pieces] == ["piece-0-2", "piece-1-1"]


async def test_archive_of_a_late_attempt_is_swept(
    user: httpx.AsyncClient, service: Service
) -> None:
    video_id, extraction_id = await upload(user)
    await service.processing.planned(planned(extraction_id, segments=1))
    await service.processing.segment_extracted(extracted(extraction_id, 0))
    kept, late = (archive_key(video_id, extraction_id, attempt) for attempt in (1, 2))
    for key in (kept, late, kept):
        await service.processing.archive_assembled(assembled(extraction_id, key))
    async with service.database.transaction() as session:
        prefixes = (await session.scalars(select(Sweep.prefix))).all()
    assert late in prefixes
    assert kept not in prefixes


async def test_archive_key_cannot_be_guessed(user: httpx.AsyncClient, service: Service) -> None:
    keys = []
    for _ in range(2):
        video_id, extraction_id = await upload(user)
        await service.processing.planned(planned(extraction_id, segments=1))
        await service.processing.segment_extracted(extracted(extraction_id, 0))
        command = (await outbox(service, ArchiveAssemble))[-1]
        folder, _, name = command.archive_key.rpartition("/")
        assert folder == f"extractions/{video_id}/{extraction_id}"
        keys.append(name)
        # What lies beside an archive hangs on its key, and so does what sweeps it.
        assert frame_index_key(command.archive_key).startswith(command.archive_key)
        assert sprite_sheets_prefix(command.archive_key).startswith(command.archive_key)
    secrets = [re.fullmatch(r"archive\.1\.([\w-]{22})\.zip", key) for key in keys]
    assert all(secrets), keys
    assert len({secret[1] for secret in secrets if secret}) == 2


async def test_archive_at_a_key_of_an_earlier_release_opens(
    user: httpx.AsyncClient, service: Service, s3_server: Aws, bucket: str
) -> None:
    video_id, extraction_id = await upload(user)
    await service.processing.planned(planned(extraction_id, segments=1))
    await service.processing.segment_extracted(extracted(extraction_id, 0))
    key = f"extractions/{video_id}/{extraction_id}/archive.1.zip"
    s3_server.client("s3").put_object(Bucket=bucket, Key=key, Body=b"the zip")
    # A worker that was asked by the release before answers this one.
    await service.processing.archive_assembled(assembled(extraction_id, key))
    answer = await user.get(f"/video/{video_id}/download")
    async with httpx.AsyncClient() as browser:
        assert (await browser.get(answer.headers["Location"])).content == b"the zip"
    await user.delete(f"/video/{video_id}")
    await service.janitor.tidy()
    assert "Contents" not in s3_server.client("s3").list_objects_v2(Bucket=bucket)


async def test_warnings_of_segments_are_shown(user: httpx.AsyncClient, service: Service) -> None:
    video_id, extraction_id = await upload(user)
    await service.processing.planned(planned(extraction_id, segments=1))
    await service.processing.segment_extracted(extracted(extraction_id, 0, warnings=[WARNING]))
    await service.processing.archive_assembled(assembled(extraction_id))
    body = await state(user, video_id, extraction_id)
    assert body["status"] == "completed_with_warnings"
    assert body["warnings"] == [{"code": WARNING.code, "detail": WARNING.detail}]
    (processed,) = await outbox(service, VideoProcessed)
    assert processed.warnings == (WARNING,)


async def test_rejection_fails_the_extraction_with_its_reason(
    user: httpx.AsyncClient, service: Service
) -> None:
    video_id, extraction_id = await upload(user)
    await service.processing.rejected(
        ExtractionRejected(
            extraction_id=extraction_id, attempt=1, reason=Reason.NOT_A_VIDEO, detail="No video."
        )
    )
    await service.processing.planned(planned(extraction_id))  # late, from another attempt
    body = await state(user, video_id, extraction_id)
    assert (body["status"], body["reason"], body["detail"]) == (
        "failed",
        "not_a_video",
        "No video.",
    )
    (event,) = await outbox(service, VideoFailed)
    assert event.reason is Reason.NOT_A_VIDEO
    answer = await user.get(f"/video/{video_id}/download")
    assert answer.status_code == 409
    assert answer.json()["reason"] == "not_a_video"


async def test_codes_of_a_later_release_are_other_and_keep_their_sentences(
    user: httpx.AsyncClient, service: Service
) -> None:
    later = {"code": "damaged_frames", "exact_code": "from_2031", "detail": "It is news."}
    warning = ExtractionWarning.model_validate(later)
    video_id, extraction_id = await upload(user)
    await service.processing.planned(planned(extraction_id, segments=1))
    await service.processing.segment_extracted(extracted(extraction_id, 0, warnings=[warning]))
    await service.processing.archive_assembled(assembled(extraction_id))
    body = await state(user, video_id, extraction_id)
    assert body["warnings"] == [{"code": "other", "detail": "It is news."}]
    video_id, extraction_id = await upload(user)
    rejected = ExtractionRejected(
        extraction_id=extraction_id, attempt=1, reason=Reason.DAMAGED, detail="It is of a new kind."
    ).model_dump(mode="json")
    await service.processing.rejected(
        ExtractionRejected.model_validate({**rejected, "exact_reason": "from_2031"})
    )
    body = await state(user, video_id, extraction_id)
    assert (body["reason"], body["detail"]) == ("other", "It is of a new kind.")
    (event,) = await outbox(service, VideoFailed)
    assert (event.reason, event.detail) == (Reason.OTHER, "It is of a new kind.")


async def test_failed_segment_is_retried_until_its_attempts_are_exhausted(
    user: httpx.AsyncClient, service: Service
) -> None:
    video_id, extraction_id = await upload(user)
    await service.processing.planned(planned(extraction_id))
    for attempt in (1, 2):
        await dispatch_all(service, extraction_id)
        await service.processing.segment_failed(failed(extraction_id, 0, attempt, permanent=False))
        assert (await state(user, video_id, extraction_id))["status"] == "extracting"
    await dispatch_all(service, extraction_id)
    await service.processing.segment_failed(failed(extraction_id, 0, 1, permanent=False))  # late
    assert (await state(user, video_id, extraction_id))["status"] == "extracting"
    await service.processing.segment_failed(failed(extraction_id, 0, 3, permanent=False))
    assert (await state(user, video_id, extraction_id))["status"] == "failed"


async def test_permanent_failure_fails_the_extraction_at_once(
    user: httpx.AsyncClient, service: Service
) -> None:
    video_id, extraction_id = await upload(user)
    await service.processing.planned(planned(extraction_id))
    await dispatch_all(service, extraction_id)
    await service.processing.segment_failed(failed(extraction_id, 1, 1, permanent=True))
    await service.processing.segment_extracted(extracted(extraction_id, 0))
    assert (await state(user, video_id, extraction_id))["status"] == "failed"
    assert len(await outbox(service, VideoFailed)) == 1


async def test_dead_lettered_command_fails_its_extraction(
    user: httpx.AsyncClient, service: Service
) -> None:
    video_id, extraction_id = await upload(user)
    (plan,) = await outbox(service, ExtractionPlan)
    await service.processing.dead_lettered(plan, plan.extraction_id)
    body = await state(user, video_id, extraction_id)
    assert (body["status"], body["reason"]) == ("failed", "processing_failed")


@pytest.mark.parametrize("stage", ["planning", "assembling"])
async def test_timed_out_stage_is_reissued_until_its_attempts_are_exhausted(
    user: httpx.AsyncClient, service: Service, stage: str
) -> None:
    video_id, extraction_id = await upload(user)
    command: type[Message] = ExtractionPlan
    if stage == "assembling":
        command = ArchiveAssemble
        await service.processing.planned(planned(extraction_id, segments=1))
        await service.processing.segment_extracted(extracted(extraction_id, 0))
    silence = timedelta(seconds=service.settings.silence_seconds + 1)
    await service.processing.reissue_timed_out()
    assert len(await outbox(service, command)) == 1
    for attempt in (2, 3):
        service.clock.ahead += silence
        await service.processing.reissue_timed_out()
        assert [c.attempt for c in await outbox(service, command)][-1] == attempt
    service.clock.ahead += silence
    await service.processing.reissue_timed_out()
    assert (await state(user, video_id, extraction_id))["status"] == "failed"


async def test_timed_out_segment_is_requeued(user: httpx.AsyncClient, service: Service) -> None:
    _, extraction_id = await upload(user)
    await service.processing.planned(planned(extraction_id))
    await dispatch_all(service, extraction_id)
    await service.processing.segment_extracted(extracted(extraction_id, 1))
    service.clock.ahead += timedelta(seconds=service.settings.silence_seconds + 1)
    await service.processing.reissue_timed_out()
    async with service.database.transaction() as session:
        segments = (await session.scalars(select(Segment).order_by(Segment.index))).all()
    assert [(s.status, s.attempt) for s in segments] == [
        (SegmentStatus.WAITING, 2),
        (SegmentStatus.EXTRACTED, 1),
    ]


async def test_deleted_video_announces_nothing(user: httpx.AsyncClient, service: Service) -> None:
    video_id, extraction_id = await upload(user)
    await service.processing.planned(planned(extraction_id, segments=1))
    assert (await user.delete(f"/video/{video_id}")).status_code == 204
    await service.processing.segment_extracted(extracted(extraction_id, 0))
    await service.processing.archive_assembled(assembled(extraction_id))
    assert await outbox(service, ArchiveAssemble) == []
    assert await outbox(service, VideoProcessed) == []


async def test_messages_of_unknown_extractions_are_ignored(service: Service) -> None:
    await service.processing.planned(planned(uuid4()))
    await service.processing.segment_extracted(extracted(uuid4(), 0))
    await service.processing.segment_failed(failed(uuid4(), 0, 1, permanent=True))
    await service.processing.archive_assembled(assembled(uuid4()))
