"""Uploads that the client sends to S3 itself: paused, resumed, checked, cleaned up."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from typing import Any

import httpx
import pytest
from fixtures.deadlines import eventually
from fixtures.extractions import outbox
from fixtures.problems import Blamed, blamed
from fixtures.video import MIB, Service
from fotograma_contracts.extractions import ExtractionPlan
from fotograma_kit.s3 import MAX_PARTS, PartsChanged, StoredPart
from fotograma_local.aws import Aws
from fotograma_video.errors import PartsMissing
from fotograma_video.models import Upload, Video
from fotograma_video.storage import Storage
from fotograma_video.uploads.direct_uploads import (
    PARTS_AT_ONCE,
    gaps_between,
    part_count,
    part_size,
    part_sizes,
)
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text

PART = 8 * MIB
CONTENT = Random(1).randbytes(10 * MIB)


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    """Knows nothing but the URLs it is given."""
    async with httpx.AsyncClient(timeout=30) as browser:
        yield browser


async def create(user: httpx.AsyncClient, size: int = len(CONTENT), **more: Any) -> dict[str, Any]:
    body = {"name": "holiday.mp4", "size_bytes": size, **more}
    answer = await user.post("/video/uploads", json=body)
    assert answer.status_code == 201, answer.text
    upload: dict[str, Any] = answer.json()
    return upload


async def send(
    user: httpx.AsyncClient, browser: httpx.AsyncClient, upload_id: str, *numbers: int
) -> list[str]:
    answer = await user.post(f"/video/uploads/{upload_id}/parts", json={"numbers": numbers})
    assert answer.status_code == 200, answer.text
    etags = []
    for number, url in answer.json()["urls"].items():
        start = (int(number) - 1) * PART
        sent = await browser.put(url, content=CONTENT[start : start + PART])
        assert sent.status_code == 200, sent.text
        etags.append(sent.headers["ETag"])
    return etags


async def complete(user: httpx.AsyncClient, upload_id: str) -> httpx.Response:
    return await user.post(f"/video/uploads/{upload_id}/complete")


async def count(service: Service, table: Any) -> int:
    async with service.database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


def left_in_s3(s3_server: Aws, bucket: str) -> list[str]:
    s3 = s3_server.client("s3")
    return [o["Key"] for o in s3.list_objects_v2(Bucket=bucket).get("Contents", [])] + [
        u["Key"] for u in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    ]


def stored(s3_server: Aws, bucket: str) -> bytes:
    """The one object there is."""
    (key,) = [o["Key"] for o in s3_server.client("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    content: bytes = s3_server.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return content


async def upload_row(service: Service) -> Upload:
    async with service.database.transaction() as session:
        return (await session.scalars(select(Upload))).one()


async def test_direct_upload_is_resumed_and_becomes_a_video(
    user: httpx.AsyncClient,
    browser: httpx.AsyncClient,
    service: Service,
    s3_server: Aws,
    bucket: str,
) -> None:
    upload = await create(user, recipe={"sampling": {"mode": "keyframes"}})
    assert (upload["part_bytes"], upload["part_count"], upload["parts"]) == (PART, 2, [])
    (etag,) = await send(user, browser, upload["id"], 1)

    # Another client, later: it asks what is there and sends the rest.
    resumed = (await user.get(f"/video/uploads/{upload['id']}")).json()
    assert resumed["parts"] == [{"number": 1, "size_bytes": PART, "etag": etag}]
    await send(user, browser, upload["id"], 2)

    answer = await complete(user, upload["id"])
    assert answer.status_code == 200, answer.text
    video = answer.json()
    assert (video["id"], video["name"], video["size_bytes"]) == (
        upload["id"],
        "holiday.mp4",
        len(CONTENT),
    )
    assert video["extractions"][0]["recipe"]["sampling"] == {"mode": "keyframes"}
    assert len(await outbox(service, ExtractionPlan)) == 1
    (key,) = left_in_s3(s3_server, bucket)
    assert s3_server.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read() == CONTENT

    again = await complete(user, upload["id"])
    assert again.json()["id"] == upload["id"]
    assert await count(service, Video) == 1
    assert (await user.get(f"/video/uploads/{upload['id']}")).status_code == 404


async def test_expired_part_url_is_signed_again(
    make_settings: Any, user: httpx.AsyncClient, browser: httpx.AsyncClient, service: Service
) -> None:
    upload = await create(user)
    row = await upload_row(service)
    async with Storage(make_settings(video_upload_url_seconds=1)) as hasty:
        urls = await hasty.part_urls(row.key, str(row.s3_upload_id), {1: PART})

    async def is_refused() -> bool:
        return (await browser.put(urls[1], content=CONTENT[:PART])).status_code == 403

    await eventually(is_refused)
    await send(user, browser, upload["id"], 1, 2)
    assert (await complete(user, upload["id"])).status_code == 200


@pytest.mark.parametrize("sent", [(), (1,), (2,)])
async def test_completing_a_direct_upload_too_early_names_missing_parts_and_keeps_the_rest(
    user: httpx.AsyncClient,
    browser: httpx.AsyncClient,
    service: Service,
    s3_server: Aws,
    bucket: str,
    *,
    sent: tuple[int, ...],
) -> None:
    upload = await create(user)
    if sent:
        await send(user, browser, upload["id"], *sent)
    missing = sorted({1, 2} - set(sent))
    for _ in range(2):
        answer = await complete(user, upload["id"])
        assert (answer.status_code, answer.json()["code"]) == (409, "parts_missing")
        assert (answer.json()["missing"], answer.json()["wrong_size"]) == (missing, [])
        assert (answer.json()["missing_count"], answer.json()["wrong_size_count"]) == (
            len(missing),
            0,
        )
    await service.janitor.tidy()
    kept = (await user.get(f"/video/uploads/{upload['id']}")).json()
    assert [part["number"] for part in kept["parts"]] == list(sent)

    await send(user, browser, upload["id"], *missing)
    assert (await complete(user, upload["id"])).status_code == 200
    assert stored(s3_server, bucket) == CONTENT


async def test_direct_upload_refuses_a_part_of_another_size(
    user: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    upload = await create(user)
    answer = await user.post(f"/video/uploads/{upload['id']}/parts", json={"numbers": [1, 2]})
    urls = answer.json()["urls"]
    for number, content in (("1", CONTENT[: PART - 1]), ("2", CONTENT[PART - 1 :]), ("2", b"")):
        assert (await browser.put(urls[number], content=content)).status_code == 403
    found = await user.get(f"/video/uploads/{upload['id']}")
    assert found.json()["parts"] == []


async def test_direct_upload_part_of_another_size_is_sent_again(
    user: httpx.AsyncClient,
    browser: httpx.AsyncClient,
    service: Service,
    s3_server: Aws,
    bucket: str,
) -> None:
    # As by a URL that an earlier release has signed, without its size.
    upload = await create(user)
    async with service.database.transaction() as session:
        row = (await session.scalars(select(Upload))).one()
    where = {"Bucket": bucket, "Key": row.key, "UploadId": row.s3_upload_id}
    s3 = s3_server.client("s3")
    s3.upload_part(**where, PartNumber=1, Body=CONTENT[: PART - 1])
    s3.upload_part(**where, PartNumber=2, Body=CONTENT[PART - 1 :])
    answer = await complete(user, upload["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "parts_missing")
    assert (answer.json()["missing"], answer.json()["wrong_size"]) == ([], [1, 2])
    await send(user, browser, upload["id"], 1)
    assert (await complete(user, upload["id"])).json()["wrong_size"] == [2]
    await send(user, browser, upload["id"], 2)
    assert (await complete(user, upload["id"])).status_code == 200
    assert stored(s3_server, bucket) == CONTENT


async def test_completing_a_direct_upload_while_parts_arrive_loses_none(
    user: httpx.AsyncClient, browser: httpx.AsyncClient, s3_server: Aws, bucket: str
) -> None:
    upload = await create(user)
    answers = await asyncio.gather(
        send(user, browser, upload["id"], 1),
        send(user, browser, upload["id"], 2),
        *(complete(user, upload["id"]) for _ in range(5)),
    )
    early = {answer.status_code for answer in answers if isinstance(answer, httpx.Response)}
    assert early <= {200, 409}
    # However many come at once, each is answered with the one video.
    late = await asyncio.gather(*(complete(user, upload["id"]) for _ in range(4)))
    assert {answer.status_code for answer in late} == {200}
    assert {answer.json()["id"] for answer in late} == {upload["id"]}
    assert stored(s3_server, bucket) == CONTENT


async def test_direct_upload_lists_parts_again_that_change_while_joined(
    user: httpx.AsyncClient, browser: httpx.AsyncClient, service: Service
) -> None:
    upload = await create(user)
    await send(user, browser, upload["id"], 1, 2)
    row = await upload_row(service)
    stale = [StoredPart(number, 1, '"0123456789abcdef0123456789abcdef"') for number in (1, 2)]
    with pytest.raises(PartsChanged):
        await service.storage.complete_upload(row.key, str(row.s3_upload_id), stale)
    assert (await complete(user, upload["id"])).status_code == 200


async def test_direct_upload_joined_before_a_crash_becomes_a_video(
    user: httpx.AsyncClient,
    browser: httpx.AsyncClient,
    service: Service,
    s3_server: Aws,
    bucket: str,
) -> None:
    upload = await create(user)
    await send(user, browser, upload["id"], 1, 2)
    row = await upload_row(service)
    parts = await service.storage.parts(row.key, str(row.s3_upload_id))
    await service.storage.complete_upload(row.key, str(row.s3_upload_id), parts or [])

    resumed = await user.get(f"/video/uploads/{upload['id']}")
    assert resumed.status_code == 200, resumed.text
    sizes = [(part["number"], part["size_bytes"]) for part in resumed.json()["parts"]]
    assert sizes == [(1, PART), (2, len(CONTENT) - PART)]
    assert (await complete(user, upload["id"])).status_code == 200
    assert stored(s3_server, bucket) == CONTENT


async def test_direct_upload_aborted_by_s3_is_sent_again_under_its_id(
    user: httpx.AsyncClient,
    browser: httpx.AsyncClient,
    service: Service,
    s3_server: Aws,
    bucket: str,
) -> None:
    upload = await create(user)
    await send(user, browser, upload["id"], 1, 2)
    row = await upload_row(service)
    s3_server.client("s3").abort_multipart_upload(  # as a rule of the bucket does after some days
        Bucket=bucket, Key=row.key, UploadId=row.s3_upload_id
    )
    answers = await asyncio.gather(*(complete(user, upload["id"]) for _ in range(3)))
    assert {answer.json()["code"] for answer in answers} == {"parts_missing"}
    assert (await user.get(f"/video/uploads/{upload['id']}")).json()["parts"] == []
    await send(user, browser, upload["id"], 1, 2)
    assert (await complete(user, upload["id"])).status_code == 200
    assert stored(s3_server, bucket) == CONTENT
    assert len(left_in_s3(s3_server, bucket)) == 1


async def test_aborting_a_direct_upload_that_became_a_video_keeps_its_source(
    user: httpx.AsyncClient,
    browser: httpx.AsyncClient,
    service: Service,
    s3_server: Aws,
    bucket: str,
) -> None:
    upload = await create(user)
    await send(user, browser, upload["id"], 1, 2)

    async def waiting(requests: int) -> bool:
        blocked = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        async with service.database.transaction() as session:
            return (await session.scalar(blocked) or 0) == requests

    async with service.database.transaction() as session:
        await session.execute(select(Upload).with_for_update())
        completing = asyncio.create_task(complete(user, upload["id"]))
        await eventually(lambda: waiting(1))
        aborting = asyncio.create_task(user.delete(f"/video/uploads/{upload['id']}"))
        await eventually(lambda: waiting(2))
    assert (await completing).status_code == 200
    assert (await aborting).status_code == 404
    await service.janitor.tidy()
    assert stored(s3_server, bucket) == CONTENT


def test_parts_missing_answer_names_at_most_as_many_as_are_signed_at_once() -> None:
    upload = Upload(reserved_bytes=MAX_PARTS * PART, part_bytes=PART)
    arrived = [StoredPart(number, 1, "etag") for number in range(1, 4_001)]
    gaps = gaps_between(part_sizes(upload), arrived)
    with pytest.raises(PartsMissing) as raised:
        gaps.check(MAX_PARTS)
    extensions = raised.value.extensions
    assert extensions["missing"] == list(range(4_001, 4_001 + PARTS_AT_ONCE))
    assert extensions["wrong_size"] == list(range(1, 1 + PARTS_AT_ONCE))
    assert (extensions["missing_count"], extensions["wrong_size_count"]) == (6_000, 4_000)


async def test_aborted_direct_upload_leaves_nothing(
    user: httpx.AsyncClient,
    browser: httpx.AsyncClient,
    service: Service,
    s3_server: Aws,
    bucket: str,
) -> None:
    upload = await create(user)
    await send(user, browser, upload["id"], 1)
    assert (await user.delete(f"/video/uploads/{upload['id']}")).status_code == 204
    await service.janitor.tidy()
    assert left_in_s3(s3_server, bucket) == []
    assert (await user.get("/video/limits")).json()["usage"]["storage_bytes"] == 0


async def test_direct_upload_is_extended_by_signing_parts(
    user: httpx.AsyncClient, service: Service, s3_server: Aws, bucket: str
) -> None:
    upload = await create(user)
    life = timedelta(seconds=service.settings.video_direct_upload_seconds)
    service.clock.ahead = life - timedelta(minutes=1)
    await service.janitor.tidy()
    assert (await user.get(f"/video/uploads/{upload['id']}")).status_code == 200
    service.clock.ahead = life + timedelta(minutes=1)
    await service.janitor.tidy()
    assert (await user.get(f"/video/uploads/{upload['id']}")).status_code == 404
    assert left_in_s3(s3_server, bucket) == []


async def test_direct_upload_beyond_the_quota_is_refused_at_its_start(
    user: httpx.AsyncClient,
) -> None:
    too_large = await user.post("/video/uploads", json={"name": "a", "size_bytes": 17 * MIB})
    assert (too_large.status_code, too_large.json()["code"]) == (413, "file_too_large")
    assert blamed(too_large) == [("body.size_bytes", "too_large", 16 * MIB)]
    for _ in range(4):
        await create(user, 16 * MIB)
    answer = await user.post("/video/uploads", json={"name": "a", "size_bytes": 1})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_at_once")
    assert (await user.get("/video/limits")).json()["usage"]["storage_bytes"] == 64 * MIB


async def test_idempotency_key_makes_one_direct_upload(
    user: httpx.AsyncClient, service: Service
) -> None:
    body = {"name": "a.mp4", "size_bytes": 5}
    key = {"Idempotency-Key": "once"}
    first = await user.post("/video/uploads", json=body, headers=key)
    second = await user.post("/video/uploads", json=body, headers=key)
    other = await user.post("/video/uploads", json={**body, "size_bytes": 6}, headers=key)
    assert first.json()["id"] == second.json()["id"]
    assert other.json()["code"] == "idempotency_key_reused"
    assert blamed(other) == [("header.Idempotency-Key", "invalid", None)]
    assert await count(service, Upload) == 1


@pytest.mark.parametrize(
    ("numbers", "field"),
    [
        ([0], ("body.numbers.0", "too_small", 1)),
        ([1, 3], ("body.numbers.1", "too_large", 2)),
        ([-1], ("body.numbers.0", "too_small", 1)),
        ([], ("body.numbers", "too_short", 1)),
    ],
)
async def test_direct_upload_signs_no_unknown_parts(
    user: httpx.AsyncClient, numbers: list[int], field: Blamed
) -> None:
    upload = await create(user)
    answer = await user.post(f"/video/uploads/{upload['id']}/parts", json={"numbers": numbers})
    assert answer.status_code == 422
    assert blamed(answer) == [field]


async def test_direct_upload_of_another_user_is_not_found(
    user: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    address = f"/video/uploads/{(await create(user))['id']}"
    answers = await asyncio.gather(
        stranger.get(address),
        stranger.delete(address),
        stranger.post(f"{address}/complete"),
        stranger.post(f"{address}/parts", json={"numbers": [1]}),
    )
    assert {answer.status_code for answer in answers} == {404}


@given(st.integers(1, 5 * 1024**4))
def test_part_size_fits_s3_for_any_file_size(size: int) -> None:
    part = part_size(size, PART)
    parts = part_count(size, part)
    assert part >= PART
    assert part % MIB == 0
    assert parts <= MAX_PARTS
    assert (parts - 1) * part < size <= parts * part
