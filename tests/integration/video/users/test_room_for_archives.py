"""What extractions come to is taken from their user's storage before it is written."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fixtures.extractions import dispatch_all, extracted, outbox, planned, state, upload
from fixtures.video import Service
from fotograma_contracts.extractions import ArchiveAssemble
from fotograma_contracts.reasons import Reason
from fotograma_contracts.videos import VideoFailed

ESTIMATE = 1_000
"""What `planned` says that an archive may come to; its two pieces are of 500 bytes each."""
SOURCE = len(b"not decoded here")


@pytest.fixture
def user_id() -> UUID:
    return uuid4()


@pytest.fixture
def user(api: Callable[[UUID], httpx.AsyncClient], user_id: UUID) -> httpx.AsyncClient:
    return api(user_id)


async def limit(admin: httpx.AsyncClient, user_id: UUID, storage_bytes: int) -> None:
    address = f"/video/admin/users/{user_id}/quotas"
    answer = await admin.put(address, json={"storage_bytes": storage_bytes})
    assert answer.status_code == 200


async def stored(user: httpx.AsyncClient) -> int:
    usage = (await user.get("/video/limits")).json()["usage"]
    return int(usage["storage_bytes"])


async def another(user: httpx.AsyncClient, video_id: UUID) -> UUID:
    recipe: dict[str, Any] = {"sampling": {"mode": "count", "count": 3}}
    answer = await user.post(f"/video/{video_id}/extractions", json=recipe)
    assert answer.status_code == 201
    return UUID(answer.json()["id"])


async def test_plan_that_the_storage_does_not_hold_fails(
    user: httpx.AsyncClient, user_id: UUID, admin: httpx.AsyncClient, service: Service
) -> None:
    """One byte was left, and that was enough for any number of extractions."""
    video_id, extraction_id = await upload(user)
    await limit(admin, user_id, SOURCE + ESTIMATE - 1)
    await service.processing.planned(planned(extraction_id))
    body = await state(user, video_id, extraction_id)
    assert (body["status"], body["reason"]) == ("failed", "storage_full")
    assert body["retryable"]
    assert body["progress"]["segments"] == 0
    assert await stored(user) == SOURCE
    (event,) = await outbox(service, VideoFailed)
    assert event.reason is Reason.STORAGE_FULL


async def test_plans_of_a_backlog_come_to_no_more_than_the_storage(
    user: httpx.AsyncClient, user_id: UUID, admin: httpx.AsyncClient, service: Service
) -> None:
    video_id, first = await upload(user)
    extractions = [first, *[await another(user, video_id) for _ in range(4)]]
    quota = SOURCE + 2 * ESTIMATE
    await limit(admin, user_id, quota)
    for extraction_id in extractions:
        await service.processing.planned(planned(extraction_id))
        assert await stored(user) <= quota
    statuses = [(await state(user, video_id, each))["status"] for each in extractions]
    assert statuses == ["extracting"] * 2 + ["failed"] * 3


async def test_archive_is_not_assembled_beyond_what_was_reserved_and_is_left(
    user: httpx.AsyncClient, user_id: UUID, admin: httpx.AsyncClient, service: Service
) -> None:
    video_id, extraction_id = await upload(user)
    await limit(admin, user_id, SOURCE + ESTIMATE)
    await service.processing.planned(planned(extraction_id, segments=3))
    await dispatch_all(service, extraction_id)
    for index in range(3):
        await service.processing.segment_extracted(extracted(extraction_id, index))
    body = await state(user, video_id, extraction_id)
    assert (body["status"], body["reason"]) == ("failed", "storage_full")
    assert await outbox(service, ArchiveAssemble) == []

    refused = await user.post(f"/video/{video_id}/extractions/{extraction_id}/retry")
    assert (refused.status_code, refused.json()["which"]) == (403, "storage_bytes")
    await limit(admin, user_id, SOURCE + 1_500)
    retried = await user.post(f"/video/{video_id}/extractions/{extraction_id}/retry")
    assert retried.status_code in {200, 202, 204}
    assert len(await outbox(service, ArchiveAssemble)) == 1


async def test_archive_may_be_larger_than_estimated_where_there_is_room(
    user: httpx.AsyncClient, service: Service
) -> None:
    video_id, extraction_id = await upload(user)
    await service.processing.planned(planned(extraction_id, segments=3))
    await dispatch_all(service, extraction_id)
    for index in range(3):
        await service.processing.segment_extracted(extracted(extraction_id, index))
    assert (await state(user, video_id, extraction_id))["status"] == "assembling"
    assert await stored(user) == SOURCE + 1_500
