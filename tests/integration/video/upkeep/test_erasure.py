"""The erasure of a user deletes all of the user's rows and objects, and no other user's."""

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fixtures.deadlines import eventually
from fixtures.video import Service
from fotograma_contracts.samples import SampleTimes
from fotograma_contracts.users import UserDeleted
from fotograma_kit.tasks import running
from fotograma_local.aws import Aws
from fotograma_video.consumers import event_consumer
from fotograma_video.domain import SegmentStatus
from fotograma_video.models import (
    Base,
    ErasedUser,
    Extraction,
    OutboxMessage,
    RateBucket,
    Segment,
    Upload,
    Video,
)
from sqlalchemy import func, select

ClientFor = Callable[[UUID], httpx.AsyncClient]


@pytest.fixture
def ana_id() -> UUID:
    return uuid4()


@pytest.fixture
def ana(api: ClientFor, ana_id: UUID) -> httpx.AsyncClient:
    return api(ana_id)


async def upload(user: httpx.AsyncClient, **headers: str) -> httpx.Response:
    return await user.post("/video", files={"file": ("private.mp4", b"x" * 9)}, headers=headers)


async def begin_direct_upload(user: httpx.AsyncClient) -> httpx.Response:
    body = {"name": "secret.mp4", "size_bytes": 9, "type": "video/mp4"}
    return await user.post("/video/uploads", json=body)


async def rows(service: Service) -> dict[str, int]:
    """How many rows each table has that says something of users.

    Not those of the requests of the last seconds, which are written at any time: they go once they
    say nothing more (`delete_full_buckets`).
    """
    skipped = {OutboxMessage.__tablename__, RateBucket.__tablename__, "sweeps"}
    async with service.database.transaction() as session:
        return {
            table.name: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if table.name not in skipped
        }


def keys(s3_server: Aws, bucket: str) -> list[str]:
    listed = s3_server.client("s3").list_objects_v2(Bucket=bucket)
    return [item["Key"] for item in listed.get("Contents", [])]


def open_uploads(s3_server: Aws, bucket: str) -> list[Any]:
    listed: dict[str, Any] = s3_server.client("s3").list_multipart_uploads(Bucket=bucket)
    return list(listed.get("Uploads", []))


async def test_erased_user_leaves_nothing(
    ana: httpx.AsyncClient,
    ana_id: UUID,
    stranger: httpx.AsyncClient,
    service: Service,
    s3_server: Aws,
    bucket: str,
) -> None:
    mine = [(await upload(ana, **{"Idempotency-Key": str(n)})).json() for n in range(2)]
    begun = await begin_direct_upload(ana)
    assert begun.status_code == 201, begun.text
    kept = (await upload(stranger)).json()["id"]
    s3_server.client("s3").put_object(
        Bucket=bucket, Key=f"extractions/{mine[0]['id']}/x/archive.zip", Body=b"1"
    )
    async with service.database.transaction() as session:
        session.add(
            Segment(
                extraction_id=UUID(mine[0]["extractions"][0]["id"]),
                index=0,
                samples=SampleTimes(times=(Fraction(0),)),
                frames_at_most=1,
                work_seconds=1.0,
                status=SegmentStatus.WAITING,
            )
        )

    for _ in range(2):  # the event may come twice
        await service.erasure.erase_user(ana_id)
    assert (await ana.get("/video")).json()["items"] == []
    assert (await ana.get(f"/video/{mine[0]['id']}")).status_code == 404
    await service.janitor.tidy()
    assert [key.split("/")[1] for key in keys(s3_server, bucket)] == [kept]
    assert open_uploads(s3_server, bucket) == []
    async with service.database.transaction() as session:
        tombstones = (await session.scalars(select(Video).where(Video.owner_id == ana_id))).all()
        running_ones = await session.scalar(
            select(func.count())
            .select_from(Extraction)
            .where(Extraction.owner_id == ana_id, Extraction.status != "cancelled")
        )
        assert await session.scalar(select(func.count()).select_from(Upload)) == 0
    assert {(video.name, video.source_name) for video in tombstones} == {("", "")}
    assert running_ones == 0

    await service.erasure.purge()
    assert (await rows(service))["videos"] == 3  # a worker may still report
    service.clock.ahead += timedelta(seconds=service.settings.sweep_again_seconds + 1)
    await service.janitor.tidy()
    await service.erasure.purge()
    left = {name: count for name, count in (await rows(service)).items() if count}
    assert left == {"videos": 1, "extractions": 1, "erased_users": 1}
    service.clock.ahead += timedelta(days=8)
    await service.erasure.purge()
    assert (await rows(service))["erased_users"] == 0
    assert (await stranger.get(f"/video/{kept}")).status_code == 200


async def test_token_of_an_erased_user_adds_nothing(
    ana: httpx.AsyncClient, ana_id: UUID, service: Service, s3_server: Aws, bucket: str
) -> None:
    video_id = (await upload(ana)).json()["id"]
    await service.erasure.erase_user(ana_id)
    await service.janitor.tidy()
    for answer in (await upload(ana), await begin_direct_upload(ana)):
        assert answer.status_code == 401
        assert answer.json()["code"] == "unauthenticated"
    again = await ana.post(f"/video/{video_id}/extractions", json={})
    assert again.status_code == 404
    assert keys(s3_server, bucket) == []
    assert open_uploads(s3_server, bucket) == []


async def test_unknown_user_can_be_erased(service: Service) -> None:
    user_id = uuid4()
    await service.erasure.erase_user(user_id)
    async with service.database.transaction() as session:
        assert await session.get(ErasedUser, user_id) is not None


async def test_user_deleted_event_erases_the_user(
    ana: httpx.AsyncClient, ana_id: UUID, service: Service
) -> None:
    await upload(ana)
    consumer = event_consumer(service.broker, service.processing, service.erasure)

    async def is_empty() -> bool:
        return not (await ana.get("/video")).json()["items"]

    async with running(consumer.run):
        await service.broker.publish(UserDeleted(user_id=ana_id, revision=2))
        await eventually(is_empty)
