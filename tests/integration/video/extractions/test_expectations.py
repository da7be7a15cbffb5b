"""What users are told beforehand: what comes before theirs, what it may come to, what may help."""

from uuid import UUID

import httpx
import pytest
from fixtures.extractions import dispatch_all, planned, state, upload
from fixtures.video import Service
from fotograma_contracts.extractions import ExtractionRejected
from fotograma_contracts.reasons import Reason


async def ahead(user: httpx.AsyncClient, video: UUID, extraction: UUID) -> float | None:
    """Of the extraction, which its library says, too."""
    told: float | None = (await state(user, video, extraction))["ahead_seconds"]
    listed = (await user.get("/video")).json()["items"]
    (body,) = [e for v in listed for e in v["extractions"] if e["id"] == str(extraction)]
    assert body["ahead_seconds"] == told
    return told


async def test_waiting_extraction_is_told_how_much_work_comes_before_it(
    user: httpx.AsyncClient, stranger: httpx.AsyncClient, service: Service
) -> None:
    first, second = await upload(user), await upload(stranger)
    assert await ahead(user, *first) is None  # not planned yet
    await service.processing.planned(planned(first[1], segments=3, work_seconds=40))
    await service.processing.planned(planned(second[1], segments=1, work_seconds=40))
    assert await ahead(user, *first) == 0
    # Users take turns: of the other one's three segments one comes before.
    assert await ahead(stranger, *second) == 40
    await dispatch_all(service, first[1])
    assert await ahead(user, *first) is None
    # Three commands are what one worker is given.
    assert await ahead(stranger, *second) == 120


async def test_more_workers_share_what_comes_before(
    user: httpx.AsyncClient, stranger: httpx.AsyncClient, service: Service
) -> None:
    running, waiting = await upload(user), await upload(stranger)
    depth = service.settings.dispatch_depth
    await service.processing.planned(planned(running[1], segments=2 * depth, work_seconds=10))
    await dispatch_all(service, running[1])
    await service.processing.planned(planned(waiting[1], work_seconds=10))
    assert await ahead(stranger, *waiting) == depth * 10


async def test_estimated_archive_bytes_are_told_once_planned(
    user: httpx.AsyncClient, service: Service
) -> None:
    video, extraction = await upload(user)
    assert (await state(user, video, extraction))["estimated_archive_bytes"] is None
    await service.processing.planned(planned(extraction))
    assert (await state(user, video, extraction))["estimated_archive_bytes"] == 1_000


@pytest.mark.parametrize(
    ("reason", "retryable"),
    [(Reason.PROCESSING_FAILED, True), (Reason.DAMAGED, False)],
)
async def test_failed_extraction_is_retryable_where_its_reason_may_have_passed(
    user: httpx.AsyncClient, service: Service, reason: Reason, *, retryable: bool
) -> None:
    video, extraction = await upload(user)
    assert (await state(user, video, extraction))["retryable"] is False
    event = ExtractionRejected(extraction_id=extraction, attempt=1, reason=reason, detail="No.")
    await service.processing.rejected(event)
    assert (await state(user, video, extraction))["retryable"] is retryable


async def test_cancelled_extraction_is_retryable(user: httpx.AsyncClient) -> None:
    video, extraction = await upload(user)
    answer = await user.post(f"/video/{video}/extractions/{extraction}/cancel")
    assert answer.json()["retryable"] is True
