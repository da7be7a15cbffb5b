"""Many requests in the same moment come to what one after the other would."""

import asyncio
from collections import Counter
from uuid import uuid4

import httpx
import pytest
from fixtures.video import Service
from fotograma_video.models import Upload, Video
from sqlalchemy import select

AT_ONCE = 30
FORM = {"file": ("a.mp4", b"not decoded here")}


@pytest.mark.middle
async def test_of_many_uploads_at_once_with_one_key_one_becomes_a_video(
    user: httpx.AsyncClient, service: Service
) -> None:
    key = {"Idempotency-Key": "once"}
    answers = await asyncio.gather(
        *(user.post("/video", files=FORM, headers=key) for _ in range(AT_ONCE))
    )
    assert {answer.status_code for answer in answers} == {201, 409}
    async with service.database.transaction() as session:
        (video,) = await session.scalars(select(Video))
    made = [answer.json() for answer in answers if answer.status_code == 201]
    assert {body["id"] for body in made} == {str(video.id)}
    refused = [answer.json()["code"] for answer in answers if answer.status_code == 409]
    assert set(refused) == {"idempotency_key_in_flight"}


@pytest.mark.middle
async def test_of_many_direct_uploads_begun_at_once_as_many_begin_as_may(
    user: httpx.AsyncClient, service: Service
) -> None:
    body = {"name": "a.mp4", "size_bytes": 1}
    answers = await asyncio.gather(
        *(user.post("/video/uploads", json=body) for _ in range(AT_ONCE))
    )
    most = service.settings.video_max_uploads_in_progress
    assert Counter(answer.status_code for answer in answers) == {201: most, 429: AT_ONCE - most}


async def test_what_is_not_the_users_to_say_changes_nothing(
    user: httpx.AsyncClient, service: Service
) -> None:
    """Of an upload and of a video: whose it is, where it lies, and until when."""
    said = {
        "id": str(uuid4()),
        "owner_id": str(uuid4()),
        "key": "sources/another",
        "reserved_bytes": 0,
        "expires_at": "2999-01-01T00:00:00Z",
        "status": "completed",
    }
    begun = await user.post("/video/uploads", json={"name": "a.mp4", "size_bytes": 7, **said})
    assert begun.status_code == 201
    assert (await user.post("/video", files=FORM, data=said)).status_code == 400
    video_id = (await user.post("/video", files=FORM)).json()["id"]
    changed = await user.patch(f"/video/{video_id}", json={"name": "b.mp4", **said})
    assert changed.status_code == 200
    async with service.database.transaction() as session:
        (upload,) = await session.scalars(select(Upload))
        (video,) = await session.scalars(select(Video))
    assert upload.reserved_bytes == 7
    assert video.name == "b.mp4"
    for row in (upload, video):
        assert str(row.id) != said["id"]
        assert str(row.owner_id) != said["owner_id"]
        assert row.expires_at.year < 2999
    assert (upload.key, video.source_key) != (said["key"], said["key"])
