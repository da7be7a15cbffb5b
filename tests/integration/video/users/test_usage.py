"""What a user has is counted in one moment, and taken from under one lock."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fixtures.sizes import by_size
from fixtures.video import Service
from fotograma_video.domain import VideoStatus
from fotograma_video.models import Upload, Video
from fotograma_video.users.repository import UserRepository
from sqlalchemy import select

UPLOAD_BYTES = 1_000


def upload_of(owner_id: UUID, now: datetime) -> Upload:
    return Upload(
        id=uuid4(),
        owner_id=owner_id,
        key="uploads/a",
        reserved_bytes=UPLOAD_BYTES,
        expires_at=now + timedelta(days=1),
    )


def video_of(owner_id: UUID, now: datetime) -> Video:
    return Video(
        id=uuid4(),
        owner_id=owner_id,
        name="a.mp4",
        size_bytes=UPLOAD_BYTES,
        source_name="a.mp4",
        source_key="sources/a",
        source_etag='"1"',
        status=VideoStatus.PROCESSING,
        created_at=now,
        expires_at=now + timedelta(days=30),
    )


async def test_upload_that_becomes_a_video_meanwhile_is_counted_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner_id, now = uuid4(), service.clock()
    async with service.database.transaction() as session:
        session.add(upload_of(owner_id, now))

    async def complete() -> None:
        async with service.database.transaction() as session:
            await session.delete((await session.scalars(select(Upload))).one())
            session.add(video_of(owner_id, now))

    async with service.database.transaction() as session:
        execute = session.execute

        async def execute_before_it_completes(*arguments: Any) -> Any:
            monkeypatch.setattr(session, "execute", execute)
            result = await execute(*arguments)
            await complete()
            return result

        monkeypatch.setattr(session, "execute", execute_before_it_completes)
        usage = await UserRepository(session).usage(owner_id, since=now - timedelta(days=1))
    assert usage.videos + usage.uploads_in_progress == 1
    assert usage.storage_bytes == usage.daily_upload_bytes == UPLOAD_BYTES


@pytest.mark.middle
async def test_uploads_begun_at_once_never_pass_the_limits(
    api: Callable[[UUID], httpx.AsyncClient], admin: httpx.AsyncClient
) -> None:
    user_id = uuid4()
    user = api(user_id)
    limits = {"videos": 3, "storage_bytes": 5_000_000, "uploads_in_progress": 8}
    await admin.put(f"/video/admin/users/{user_id}/quotas", json=limits)
    for _ in range(by_size(1, 6, 30)):
        answers = await asyncio.gather(
            *(user.post("/video", files={"file": ("a.mp4", b"x")}) for _ in range(8))
        )
        found = (await user.get("/video/limits")).json()["usage"]
        assert found["videos"] <= limits["videos"]
        assert found["storage_bytes"] <= limits["storage_bytes"]
        kept = [answer.json()["id"] for answer in answers if answer.status_code == 201]
        assert kept
        for video_id in kept:
            assert (await user.delete(f"/video/{video_id}")).status_code == 204
