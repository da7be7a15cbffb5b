"""A user's videos: found, paged, renamed, deleted, and never those of other users."""

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fixtures.extractions import WARNING, assembled, extracted, planned
from fixtures.video import Service
from fotograma_contracts.extractions import ExtractionRejected
from fotograma_contracts.reasons import Reason
from fotograma_local.aws import Aws
from fotograma_video.domain import COMPLETED, ExtractionStatus
from fotograma_video.extractions.schemas import ExtractionDetail
from fotograma_video.library.schemas import VideoBody, VideoPage
from fotograma_video.models import Extraction, Video
from pydantic import BaseModel
from sqlalchemy import update


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def forged(parts: list[Any]) -> str:
    return encoded(json.dumps(parts))


SOME_ID = str(UUID(int=7))


async def upload(user: httpx.AsyncClient, name: str, size: int = 1) -> str:
    answer = await user.post("/video", files={"file": (name, b"x" * size)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def names(user: httpx.AsyncClient, **query: str) -> list[str]:
    answer = await user.get("/video", params=query)
    assert answer.status_code == 200, answer.text
    return [video["name"] for video in answer.json()["items"]]


async def complete(service: Service, video_id: str, key: str) -> None:
    async with service.database.transaction() as session:
        await session.execute(
            update(Extraction)
            .where(Extraction.video_id == UUID(video_id))
            .values(status=ExtractionStatus.COMPLETED, archive_key=key, archive_bytes=7, frames=3)
        )
        await session.execute(
            update(Video).where(Video.id == UUID(video_id)).values(status="ready")
        )


async def enter(service: Service, video_id: str, status: ExtractionStatus) -> None:
    """Put a video's extractions into a status without an archive."""
    failed = {"reason": "damaged", "detail": "It is damaged."} if status == "failed" else {}
    async with service.database.transaction() as session:
        await session.execute(
            update(Extraction)
            .where(Extraction.video_id == UUID(video_id))
            .values(status=status, **failed)
        )


async def test_library_lists_sorts_searches_and_filters(
    user: httpx.AsyncClient, service: Service
) -> None:
    for name, size in (("beach.mp4", 3), ("Árvore.mp4", 1), ("100%_sure.mp4", 2)):
        video_id = await upload(user, name, size)
    await complete(service, video_id, "k")
    assert await names(user) == ["100%_sure.mp4", "Árvore.mp4", "beach.mp4"]
    assert await names(user, sort="created_at") == ["beach.mp4", "Árvore.mp4", "100%_sure.mp4"]
    assert await names(user, sort="-size_bytes") == ["beach.mp4", "100%_sure.mp4", "Árvore.mp4"]
    assert await names(user, q="BEACH") == ["beach.mp4"]
    assert await names(user, q="%_") == ["100%_sure.mp4"]
    assert await names(user, q="nothing") == []
    assert await names(user, status="ready") == ["100%_sure.mp4"]
    assert await names(user, status="processing") == ["Árvore.mp4", "beach.mp4"]


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "name", "-name", "size_bytes"])
async def test_library_pages_show_every_video_once(user: httpx.AsyncClient, sort: str) -> None:
    for number in range(5):
        await upload(user, f"{number % 2}.mp4")
    seen: list[str] = []
    query = {"limit": "2", "sort": sort}
    while True:
        page = (await user.get("/video", params=query)).json()
        seen += [video["id"] for video in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize(
    "query",
    [
        {"q": "\0"},
        {"q": "x" * 256},
        {"sort": "owner_id"},
        {"limit": "0"},
        {"limit": "101"},
        {"status": "deleted"},
        {"cursor": forged(["name", "\0", SOME_ID]), "sort": "name"},
        {"cursor": forged(["name", "\ud800", SOME_ID]), "sort": "name"},
        {"cursor": forged(["size_bytes", 10**30, SOME_ID]), "sort": "size_bytes"},
        {"cursor": forged(["created_at", "yesterday", SOME_ID]), "sort": "created_at"},
        {"cursor": forged(["name", "a", "1"]), "sort": "name"},
        {"cursor": forged(["created_at", "0001-01-01T00:00:00+23:59", SOME_ID])},
        {"cursor": encoded(f'["size_bytes", 1e400, "{SOME_ID}"]'), "sort": "size_bytes"},
        {"cursor": encoded("[" * 1_400)},
        {"cursor": "%%%"},
    ],
    ids=repr,
)
async def test_library_refuses_hostile_queries(
    user: httpx.AsyncClient, query: dict[str, str]
) -> None:
    answer = await user.get("/video", params=query)
    assert answer.status_code == 422, answer.text


async def test_video_name_keeps_only_printable_characters(user: httpx.AsyncClient) -> None:
    video_id = await upload(user, "a.mp4")
    for name in ("\0\n", "\u202e"):
        answer = await user.patch(
            f"/video/{video_id}",
            content=json.dumps({"name": name}),
            headers={"Content-Type": "application/json"},
        )
        assert answer.json()["name"] == "video"


async def test_library_refuses_bodies_that_are_too_large(user: httpx.AsyncClient) -> None:
    video_id = await upload(user, "a.mp4")
    answer = await user.post(f"/video/{video_id}/extractions", content=b" " * 300_000)
    assert answer.status_code == 413
    assert answer.json()["code"] == "content_too_large"


async def test_library_of_a_new_user_is_empty(user: httpx.AsyncClient) -> None:
    assert (await user.get("/video")).json() == {"items": [], "next": None}


async def test_video_is_renamed(user: httpx.AsyncClient) -> None:
    video_id = await upload(user, "a.mp4")
    answer = await user.patch(f"/video/{video_id}", json={"name": " b/c.mp4 "})
    assert answer.json()["name"] == "c.mp4"
    assert (await user.patch(f"/video/{video_id}", json={"name": ""})).status_code == 422


async def test_video_of_another_user_is_not_found(
    user: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    video_id = await upload(user, "a.mp4")
    video = (await user.get(f"/video/{video_id}")).json()
    extraction_id = video["extractions"][0]["id"]
    for request in (
        stranger.get(f"/video/{video_id}"),
        stranger.patch(f"/video/{video_id}", json={"name": "mine"}),
        stranger.delete(f"/video/{video_id}"),
        stranger.get(f"/video/{video_id}/download"),
        stranger.get(f"/video/{video_id}/source"),
        stranger.post(f"/video/{video_id}/extractions", json={}),
        stranger.get(f"/video/{video_id}/extractions/{extraction_id}"),
        user.get(f"/video/{uuid4()}"),
    ):
        answer = await request
        assert answer.status_code == 404
        assert answer.json()["code"] == "video_not_found"
    answer = await user.get(f"/video/{video_id}/extractions/{uuid4()}")
    assert answer.json()["code"] == "extraction_not_found"
    assert await names(stranger) == []


async def test_deleted_video_leaves_no_object(
    user: httpx.AsyncClient, service: Service, s3_server: Aws, bucket: str
) -> None:
    video_id = await upload(user, "a.mp4")
    kept = await upload(user, "kept.mp4")
    s3 = s3_server.client("s3")
    for key in (f"extractions/{video_id}/x/archive.1.zip", f"extractions/{video_id}/x/pieces/1"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    assert (await user.delete(f"/video/{video_id}")).status_code == 204
    assert (await user.get(f"/video/{video_id}")).status_code == 404
    assert await names(user) == ["kept.mp4"]
    await service.janitor.tidy()
    assert _keys(s3, bucket) == [f"sources/{kept}"]

    # What a worker writes after that is swept when the longest job has ended.
    s3.put_object(Bucket=bucket, Key=f"extractions/{video_id}/x/pieces/late", Body=b"1")
    service.clock.ahead += timedelta(seconds=service.settings.sweep_again_seconds + 1)
    await service.janitor.tidy()
    assert _keys(s3, bucket) == [f"sources/{kept}"]


async def test_download_redirects_to_the_archive(
    user: httpx.AsyncClient, service: Service, s3_server: Aws, bucket: str
) -> None:
    video_id = await upload(user, "férias.mp4")
    answer = await user.get(f"/video/{video_id}/download")
    assert answer.status_code == 409
    assert answer.json()["code"] == "not_ready"

    s3_server.client("s3").put_object(Bucket=bucket, Key="archive", Body=b"the zip")
    await complete(service, video_id, "archive")
    answer = await user.get(f"/video/{video_id}/download")
    assert answer.status_code == 303
    described = await user.get(
        f"/video/{video_id}/download", headers={"Accept": "application/json"}
    )
    assert set(described.json()) == {"url", "expires_at"}
    async with httpx.AsyncClient() as browser:
        fetched = await browser.get(answer.headers["Location"])
    assert fetched.content == b"the zip"
    assert "f%C3%A9rias.zip" in fetched.headers["Content-Disposition"]


async def test_source_is_played_and_never_run(user: httpx.AsyncClient) -> None:
    video_id = await upload(user, "férias.html", size=5)
    answer = await user.get(f"/video/{video_id}/source")
    source = answer.json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert (source["media_type"], source["size_bytes"]) == ("application/octet-stream", 5)
    async with httpx.AsyncClient() as browser:
        fetched = await browser.get(source["url"], headers={"Range": "bytes=1-3"})
    assert (fetched.status_code, fetched.content) == (206, b"xxx")
    assert fetched.headers["Content-Type"] == "application/octet-stream"
    assert fetched.headers["Content-Disposition"].startswith("inline; ")


ANSWERS = {
    "planning": ("not_ready", "The video is still being looked at."),
    "extracting": ("not_ready", "The frames are still being extracted."),
    "assembling": (
        "not_ready",
        "The frames are extracted, and their archive is still being put together.",
    ),
    "failed": ("extraction_failed", "The extraction failed: It is damaged."),
    "cancelled": (
        "extraction_cancelled",
        "The extraction was cancelled. Retry it, or extract again.",
    ),
}
"""To whoever wants an archive or something of it, by the extraction's status."""


@pytest.mark.parametrize("status", sorted(set(ExtractionStatus) - COMPLETED))
async def test_download_without_an_archive_answers_by_status(
    user: httpx.AsyncClient, service: Service, status: ExtractionStatus
) -> None:
    video_id = await upload(user, "a.mp4")
    video = (await user.get(f"/video/{video_id}")).json()
    await enter(service, video_id, status)
    address = f"/video/{video_id}/extractions/{video['extractions'][0]['id']}"
    answers = [
        await user.get(f"/video/{video_id}/download"),
        await user.get(f"/video/{video_id}/download", params={"extraction": address[-36:]}),
        await user.get(f"{address}/frames"),
        await user.post(f"{address}/selection", json={"positions": [{"start": 0, "end": 1}]}),
        await user.get(f"{address}/selection/{SOME_ID}"),
        await user.get(f"{address}/sheets/0"),
    ]
    for answer in answers:
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["detail"]) == (409, *ANSWERS[status])
        assert problem["extraction_status"] == status
        assert problem.get("reason") == ("damaged" if status == "failed" else None)


async def test_download_prefers_a_running_extraction_to_a_cancelled_one(
    user: httpx.AsyncClient, service: Service
) -> None:
    video_id = await upload(user, "a.mp4")
    address = f"/video/{video_id}/extractions"
    later = (await user.post(address, json={})).json()["id"]
    assert (await user.post(f"{address}/{later}/cancel")).status_code == 200
    download = f"/video/{video_id}/download"
    assert (await user.get(download)).json()["code"] == "not_ready"
    cancelled = await user.get(download, params={"extraction": later})
    assert cancelled.json()["code"] == "extraction_cancelled"


async def test_another_extraction_uses_the_same_source(
    user: httpx.AsyncClient, service: Service
) -> None:
    video_id = await upload(user, "a.mp4")
    recipe = {"sampling": {"mode": "keyframes"}}
    key = {"Idempotency-Key": "k"}
    address = f"/video/{video_id}/extractions"
    first = await user.post(address, json=recipe, headers=key)
    again = await user.post(address, json=recipe, headers=key)
    other = await user.post(address, json={}, headers=key)
    assert first.status_code == again.status_code == 201
    assert first.json()["id"] == again.json()["id"]
    assert first.headers["Location"] == f"{address}/{first.json()['id']}"
    assert other.json()["code"] == "idempotency_key_reused"
    assert len((await user.get(f"/video/{video_id}")).json()["extractions"]) == 2
    answer = await user.post(address, json={"start": 3, "end": 2})
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"


def _keys(s3: Any, bucket: str) -> list[str]:
    listed = s3.list_objects_v2(Bucket=bucket)
    return ["/".join(item["Key"].split("/")[:2]) for item in listed.get("Contents", [])]


async def test_answers_are_what_their_models_write(
    user: httpx.AsyncClient, service: Service
) -> None:
    """Rows are handed on without a model: what is sent is yet what it would write."""
    recipes = (
        {"sampling": {"mode": "times", "times": ["50%", 1.5]}, "stream": "video:0"},
        {"sampling": {"mode": "fps", "fps": "1/3"}, "output": {"format": "jpg"}, "end": 2.5},
    )
    video_id = await upload(user, "a.mp4")
    for recipe in recipes:
        written(
            ExtractionDetail, await user.post(f"/video/{video_id}/extractions", json=recipe), 201
        )
    newest_first = written(VideoBody, await user.get(f"/video/{video_id}"))["extractions"]
    running, rejected, complete = (UUID(each["id"]) for each in newest_first)
    await service.processing.planned(planned(running))
    await service.processing.rejected(
        ExtractionRejected(
            extraction_id=rejected, attempt=1, reason=Reason.DAMAGED, detail="It is damaged."
        )
    )
    await service.processing.planned(planned(complete, segments=1))
    await service.processing.segment_extracted(extracted(complete, 0, warnings=(WARNING,)))
    await service.processing.archive_assembled(assembled(complete))
    await upload(user, "b.mp4")
    page = written(VideoPage, await user.get("/video", params={"limit": 1, "sort": "name"}))
    assert [video["id"] for video in page["items"]] == [video_id]
    assert page["next"] is not None
    statuses = [each["status"] for each in page["items"][0]["extractions"]]
    assert statuses == ["extracting", "failed", "completed_with_warnings"]
    for extraction_id in (running, rejected, complete):
        address = f"/video/{video_id}/extractions/{extraction_id}"
        written(ExtractionDetail, await user.get(address))
    video = written(VideoBody, await user.patch(f"/video/{video_id}", json={"name": "c.mp4"}))
    assert video["name"] == "c.mp4"


def written(model: type[BaseModel], answer: httpx.Response, status: int = 200) -> Any:
    """The answer's body, which is the same once the model has read and written it."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    body = answer.json()
    assert model.model_validate(body).model_dump(mode="json") == body
    return body
