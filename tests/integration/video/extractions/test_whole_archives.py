"""An extraction of one segment, whose worker writes the archive at once, or does not."""

import asyncio
from uuid import UUID, uuid4

import httpx
import pytest
from fixtures.extractions import (
    archive_key,
    assembled,
    dispatch_all,
    extracted,
    extracted_whole,
    outbox,
    planned,
    state,
    upload,
)
from fixtures.video import Service
from fotograma_contracts.extractions import (
    ArchiveAssemble,
    ShortSegmentExtract,
    StoredArchive,
)
from fotograma_contracts.topology import SHORT_SEGMENT_QUEUE
from fotograma_contracts.videos import VideoProcessed
from fotograma_kit.broker import Consumer, Done, Outcome
from fotograma_local.aws import Aws
from fotograma_video.models import Sweep
from fotograma_video.videos.repository import VideoRepository
from sqlalchemy import select


async def sweeps(service: Service) -> list[str]:
    async with service.database.transaction() as session:
        return list(await session.scalars(select(Sweep.prefix)))


async def one_segment(user: httpx.AsyncClient, service: Service) -> tuple[UUID, UUID]:
    video_id, extraction_id = await upload(user)
    await cut_as_one(service, extraction_id)
    return video_id, extraction_id


async def cut_as_one(service: Service, extraction_id: UUID) -> None:
    plan = planned(extraction_id, segments=1)
    (segment,) = plan.segments
    whole = segment.model_copy(update={"frames_at_most": plan.frames_at_most})
    await service.processing.planned(plan.model_copy(update={"segments": (whole,)}))
    await dispatch_all(service, extraction_id)


async def test_extractions_of_one_video_complete_at_once(
    user: httpx.AsyncClient, service: Service
) -> None:
    video_id, first = await one_segment(user, service)
    extraction_ids = [first]
    for seconds in range(2, 6):
        recipe = {"sampling": {"mode": "interval", "seconds": seconds}}
        answer = await user.post(f"/video/{video_id}/extractions", json=recipe)
        extraction_ids.append(UUID(answer.json()["id"]))
        await cut_as_one(service, extraction_ids[-1])
    events = [extracted_whole(video_id, each) for each in extraction_ids]
    await asyncio.gather(*map(service.processing.segment_extracted, events))
    bodies = [await state(user, video_id, each) for each in extraction_ids]
    assert {body["status"] for body in bodies} == {"completed"}


async def test_archive_that_is_written_at_once_completes_its_extraction(
    user: httpx.AsyncClient, service: Service
) -> None:
    video_id, extraction_id = await one_segment(user, service)
    event = extracted_whole(video_id, extraction_id)
    await asyncio.gather(*(service.processing.segment_extracted(event) for _ in range(3)))
    await service.processing.segment_extracted(event.model_copy(update={"id": uuid4()}))
    body = await state(user, video_id, extraction_id)
    assert (body["status"], body["frames"], body["archive_bytes"]) == ("completed", 5, 600)
    assert await outbox(service, ArchiveAssemble) == []
    (processed,) = await outbox(service, VideoProcessed)
    assert (processed.frames, processed.archive_bytes) == (5, 600)
    assert archive_key(video_id, extraction_id) not in await sweeps(service)


async def test_archive_of_a_late_run_is_swept_and_changes_nothing(
    user: httpx.AsyncClient, service: Service
) -> None:
    video_id, extraction_id = await one_segment(user, service)
    first, second = (extracted_whole(video_id, extraction_id, run=run) for run in "ab")
    await asyncio.gather(*(service.processing.segment_extracted(each) for each in (first, second)))
    late = extracted_whole(video_id, extraction_id, attempt=2)
    await service.processing.segment_extracted(late)
    assert (await state(user, video_id, extraction_id))["status"] == "completed"
    assert len(await outbox(service, VideoProcessed)) == 1
    both = {archive_key(video_id, extraction_id, run=run) for run in "ab"}
    swept = set(await sweeps(service))
    assert archive_key(video_id, extraction_id, attempt=2) in swept
    assert len(both & swept) == 1


@pytest.mark.parametrize("key", ["", "sources/", "extractions/", "archive."])
async def test_report_has_nothing_swept_but_archives_of_its_extraction(
    user: httpx.AsyncClient, service: Service, key: str
) -> None:
    video_id, extraction_id = await one_segment(user, service)
    await service.processing.segment_extracted(extracted_whole(video_id, extraction_id))
    before = await sweeps(service)
    late = extracted_whole(video_id, extraction_id, attempt=2)
    forged = StoredArchive(archive_key=key, etag="etag", size_bytes=600, frames=5)
    await service.processing.segment_extracted(late.model_copy(update={"archive": forged}))
    await service.processing.archive_assembled(assembled(extraction_id, key))
    assert await sweeps(service) == before


async def test_archive_for_a_cancelled_extraction_is_swept(
    user: httpx.AsyncClient, service: Service
) -> None:
    video_id, extraction_id = await one_segment(user, service)
    await user.post(f"/video/{video_id}/extractions/{extraction_id}/cancel")
    await service.processing.segment_extracted(extracted_whole(video_id, extraction_id))
    assert (await state(user, video_id, extraction_id))["status"] == "cancelled"
    assert archive_key(video_id, extraction_id) in await sweeps(service)


async def test_piece_of_an_earlier_releases_worker_is_assembled(
    user: httpx.AsyncClient, service: Service
) -> None:
    video_id, extraction_id = await one_segment(user, service)
    await service.processing.segment_extracted(extracted(extraction_id, 0))
    assert (await state(user, video_id, extraction_id))["status"] == "assembling"
    await service.processing.archive_assembled(assembled(extraction_id))
    assert (await state(user, video_id, extraction_id))["status"] == "completed"


async def test_archive_beyond_the_storage_is_put_together_by_a_retry(
    user: httpx.AsyncClient, service: Service, admin: httpx.AsyncClient
) -> None:
    """It is kept as the piece that it begins with."""
    video_id, extraction_id = await one_segment(user, service)
    event = extracted_whole(video_id, extraction_id)
    piece = event.piece.model_copy(update={"size_bytes": 2_000})
    owner = await owner_of(service, video_id)
    quotas = f"/video/admin/users/{owner}/quotas"
    await admin.put(quotas, json={"storage_bytes": 1_100})
    larger = event.model_copy(update={"piece": piece})
    await service.processing.segment_extracted(larger)
    await service.processing.segment_extracted(larger.model_copy(update={"id": uuid4()}))
    assert (await state(user, video_id, extraction_id))["reason"] == "storage_full"
    assert archive_key(video_id, extraction_id) not in await sweeps(service)

    await admin.put(quotas, json={"storage_bytes": 10_000})
    await user.post(f"/video/{video_id}/extractions/{extraction_id}/retry")
    (command,) = await outbox(service, ArchiveAssemble)
    assert command.pieces == (piece,)


async def test_archive_that_no_run_has_told_of_is_swept_with_the_pieces(
    user: httpx.AsyncClient, service: Service, s3_server: Aws, bucket: str
) -> None:
    """Its worker was killed between the writing and the telling. The accepted one stays."""
    video_id, extraction_id = await one_segment(user, service)
    folder = f"extractions/{video_id}/{extraction_id}/"
    own = [f"{folder}archive.1.own.zip{suffix}" for suffix in ("", ".frames", ".poster.jpg")]
    lost = [f"{folder}archive.1.lost.zip{suffix}" for suffix in ("", ".thumbnails/00000.jpg")]
    s3 = s3_server.client("s3")
    for key in (*own, *lost, f"{folder}pieces/00000.1.a.index.json"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    s3.create_multipart_upload(Bucket=bucket, Key=f"{folder}archive.1.begun.zip")
    event = extracted_whole(video_id, extraction_id)
    assert event.archive is not None
    archive = event.archive.model_copy(update={"archive_key": own[0]})
    await service.processing.segment_extracted(event.model_copy(update={"archive": archive}))
    await service.janitor.tidy()
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=folder)
    assert [each["Key"] for each in listed["Contents"]] == sorted(own)
    assert not s3.list_multipart_uploads(Bucket=bucket, Prefix=folder).get("Uploads")


async def owner_of(service: Service, video_id: UUID) -> UUID:
    async with service.database.transaction() as session:
        return (await VideoRepository(session).get(video_id)).owner_id


@pytest.mark.parametrize("segments", [1, 2])
async def test_only_a_segment_that_is_all_of_the_plan_is_to_be_the_archive(
    user: httpx.AsyncClient, service: Service, segments: int
) -> None:
    video_id, extraction_id = await upload(user)
    plan = planned(extraction_id, segments, work_seconds=1.0)
    each = plan.frames_at_most // segments
    parts = tuple(s.model_copy(update={"frames_at_most": each}) for s in plan.segments)
    await service.processing.planned(plan.model_copy(update={"segments": parts}))
    commands = await dispatched(service)
    assert len(commands) == segments
    archives = [command.archive for command in commands]
    if segments > 1:
        assert archives == [None] * segments
        return
    (archive,) = archives
    assert archive is not None
    assert (archive.probe, archive.sample_count) == (plan.probe, 10)
    assert archive.recipe.output == commands[0].output
    assert archive.key_prefix == f"extractions/{video_id}/{extraction_id}/"
    assert not archive.key_prefix.startswith(commands[0].output_prefix)


async def test_archive_of_a_segment_among_others_is_only_a_piece(
    user: httpx.AsyncClient, service: Service
) -> None:
    video_id, extraction_id = await upload(user)
    await service.processing.planned(planned(extraction_id, segments=2))
    await service.processing.segment_extracted(extracted(extraction_id, 1))
    await service.processing.segment_extracted(extracted_whole(video_id, extraction_id))
    (command,) = await outbox(service, ArchiveAssemble)
    own = archive_key(video_id, extraction_id)
    assert [piece.key for piece in command.pieces] == [own, "piece-1-1"]


async def dispatched(service: Service) -> list[ShortSegmentExtract]:
    """What is handed to a worker that is there."""

    async def idle(_: ShortSegmentExtract) -> Outcome:
        return Done()

    consumer = Consumer(service.broker, SHORT_SEGMENT_QUEUE, {ShortSegmentExtract: idle}, slots=1)
    running = asyncio.create_task(consumer.run())
    try:
        async with asyncio.timeout(30):
            while not await service.broker.consumers_of(SHORT_SEGMENT_QUEUE):
                await asyncio.sleep(0.05)
        await service.dispatcher.dispatch()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return await outbox(service, ShortSegmentExtract)
