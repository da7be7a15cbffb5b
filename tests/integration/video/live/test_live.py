"""Live events over real connections, from two replicas."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID, uuid4

import httpx
import pytest
from fixtures.extractions import assembled, dispatch_all, extracted, planned
from fixtures.streams import client, listening, replica, upload
from fixtures.video import Service
from fotograma_contracts.extractions import LiveSheet, SegmentProgressed
from fotograma_local.aws import Aws
from fotograma_video.live import service as live_service
from fotograma_video.object_keys import pieces_prefix
from fotograma_video.settings import ApiSettings
from sqlalchemy import text


@pytest.fixture
async def replicas(settings: ApiSettings) -> AsyncIterator[list[str]]:
    async with replica(settings) as first, replica(settings) as second:
        yield [first, second]


async def test_live_events_reach_clients_of_every_replica(
    replicas: list[str], service: Service
) -> None:
    user_id = uuid4()
    async with client(replicas[0], user_id) as one, client(replicas[1], user_id) as two:
        before, _ = await upload(one)
        async with listening(one) as first, listening(two) as second:
            for stream in (first, second):
                name, snapshot = await stream.next()
                assert name == "snapshot"
                assert [video["id"] for video in snapshot["videos"]] == [before]
            video_id, extraction_id = await upload(one)
            for stream in (first, second):
                name, video = await stream.next("video")
                assert (video["id"], video["status"]) == (video_id, "processing")
            await service.processing.planned(planned(extraction_id, segments=1))
            await service.processing.segment_extracted(extracted(extraction_id, 0))
            await service.processing.archive_assembled(assembled(extraction_id))
            for stream in (first, second):
                while video["status"] != "ready":
                    _, video = await stream.next("video")
                assert video["extractions"][0]["frames"] == 10
                video = {"status": ""}
            await two.delete(f"/video/{video_id}")
            for stream in (first, second):
                assert await stream.next("deleted") == ("deleted", {"id": video_id})


async def test_live_events_show_progress(replicas: list[str], service: Service) -> None:
    async with client(replicas[1], uuid4()) as user:
        video_id, extraction_id = await upload(user)
        await service.processing.planned(planned(extraction_id, segments=1))
        await dispatch_all(service, extraction_id)
        async with listening(user) as stream:
            await stream.next("snapshot")
            event = SegmentProgressed(extraction_id=extraction_id, index=0, attempt=1, frames=3)
            received = asyncio.create_task(stream.next("progress"))
            while not received.done():  # the replica's own queue may not be there yet
                await service.broker.publish(event)
                await asyncio.wait([received], timeout=0.1)
            _, progress = await received
            detail = (await user.get(f"/video/{video_id}/extractions/{extraction_id}")).json()
            await user.patch(f"/video/{video_id}", json={"name": "b.mp4"})
            _, video = await stream.next("video")
    assert progress["video_id"] == video_id
    assert progress["extraction_id"] == str(extraction_id)
    assert (progress["progress"]["frames"], progress["progress"]["percent"]) == (3, 30.0)
    # Three of a segment's five frames are there: the other two take two thirds of the time so far.
    assert 0 < progress["seconds_left"] <= detail["seconds_left"] < 30
    assert detail["seconds_left"] <= video["extractions"][0]["seconds_left"] < 30


def sheet_named(name: str) -> LiveSheet:
    return LiveSheet(name=name, columns=5, tile_width=32, tile_height=18, tiles=12)


async def test_live_events_show_sheets_of_thumbnails_while_they_are_made(
    replicas: list[str], service: Service, s3_server: Aws
) -> None:
    async with client(replicas[1], uuid4()) as user:
        video_id, extraction_id = await upload(user)
        await service.processing.planned(planned(extraction_id, segments=2))
        await dispatch_all(service, extraction_id)
        names = [f"{segment:05d}.1.0123abcd.00000.jpg" for segment in (1, 0)]
        for name in names:
            key = pieces_prefix(UUID(video_id), extraction_id) + name
            s3_server.client("s3").put_object(
                Bucket=service.settings.s3_bucket, Key=key, Body=name.encode()
            )
        async with listening(user) as stream:
            await stream.next("snapshot")
            received = asyncio.create_task(stream.next("progress"))
            while not received.done():  # the replica's own queue may not be there yet
                for name in names:
                    await service.broker.publish(
                        SegmentProgressed(
                            extraction_id=extraction_id,
                            index=int(name[:5]),
                            attempt=1,
                            frames=3,
                            sheets=(sheet_named(name),),
                        )
                    )
                await asyncio.wait([received], timeout=0.1)
            progress = (await received)[1]
            while len(progress["sheets"]) < len(names):
                _, progress = await stream.next("progress")
        sheets = progress["sheets"]
        assert [sheet["segment"] for sheet in sheets] == [1, 0]
        assert (sheets[0]["width"], sheets[0]["height"], sheets[0]["tiles"]) == (160, 54, 12)
        async with httpx.AsyncClient(base_url=replicas[0]) as anonymous:
            for sheet, name in zip(sheets, names, strict=True):
                shown = await anonymous.get(sheet["url"])
                assert (shown.status_code, shown.content) == (200, name.encode())
                assert shown.headers["content-type"] == "image/jpeg"


async def test_live_sheet_opens_by_its_own_address_only(
    replicas: list[str], service: Service, s3_server: Aws
) -> None:
    name = "00000.1.0123abcd.00000.jpg"
    async with client(replicas[0], uuid4()) as user, client(replicas[0], uuid4()) as stranger:
        video_id, extraction_id = await upload(user)
        address = f"/video/{video_id}/extractions/{extraction_id}/live"
        missing = await user.get(f"{address}/{name}")
        assert (missing.status_code, missing.json()["code"]) == (404, "sheet_not_found")
        key = pieces_prefix(UUID(video_id), extraction_id)
        bucket = service.settings.s3_bucket
        for found in (name, "00000.1.0123abcd.index.json", "00000.1.0123abcd.piece"):
            s3_server.client("s3").put_object(Bucket=bucket, Key=key + found, Body=b"data")
        assert (await user.get(f"{address}/{name}")).content == b"data"
        assert (await stranger.get(f"{address}/{name}")).status_code == 404
        for other in ("00000.1.0123abcd.index.json", "00000.1.0123abcd.piece", "..%2Fa.jpg"):
            assert (await user.get(f"{address}/{other}")).status_code in {404, 422}
    async with httpx.AsyncClient(base_url=replicas[0]) as anonymous:
        assert (await anonymous.get(f"{address}/{name}")).status_code == 401
        forged = f"{address}/{name}?expires=9999999999&sig=forged"
        assert (await anonymous.get(forged)).status_code == 403


async def test_snapshot_says_whether_there_are_more_videos(
    replicas: list[str], service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with client(replicas[0], uuid4()) as user:
        await upload(user)
        async with listening(user) as stream:
            _, snapshot = await stream.next()
        assert (len(snapshot["videos"]), snapshot["more"]) == (1, False)
        monkeypatch.setattr(live_service, "SNAPSHOT_VIDEOS", 1)
        monkeypatch.setattr(live_service, "_NEWEST", replace(live_service._NEWEST, limit=2))
        second, _ = await upload(user)
        async with listening(user) as stream:
            _, snapshot = await stream.next()
        assert ([video["id"] for video in snapshot["videos"]], snapshot["more"]) == ([second], True)


async def test_live_events_are_of_the_users_own_videos(replicas: list[str]) -> None:
    async with (
        client(replicas[0], uuid4()) as mine,
        client(replicas[0], uuid4()) as theirs,
        listening(mine) as stream,
    ):
        await stream.next("snapshot")
        await upload(theirs)
        own, _ = await upload(mine)
        _, video = await stream.next("video")
        assert video["id"] == own


async def test_live_stream_ends_with_the_token(replicas: list[str]) -> None:
    async with client(replicas[0], uuid4(), seconds=2) as user, listening(user) as stream:
        await stream.next("snapshot")
        with pytest.raises(EOFError):
            await stream.next()


async def test_live_stream_sends_a_snapshot_after_a_lost_database_connection(
    replicas: list[str], service: Service
) -> None:
    async with client(replicas[0], uuid4()) as user, listening(user) as stream:
        await stream.next("snapshot")
        await _cut_listeners(service)
        name, _ = await stream.next()
        assert name == "snapshot"


async def test_live_stream_needs_a_token(replicas: list[str]) -> None:
    async with httpx.AsyncClient(base_url=replicas[0]) as anonymous:
        assert (await anonymous.get("/video/events")).status_code == 401


async def _cut_listeners(service: Service) -> None:
    async with service.database.transaction() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query LIKE 'LISTEN%' AND datname = current_database()"
            )
        )
