"""Direct uploads as browsers make them: thousands of parts, Uppy's callbacks, other origins."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fixtures.video import MIB, Service
from fotograma_local.aws import Aws
from fotograma_video.models import Upload, Video
from fotograma_video.settings import ApiSettings
from sqlalchemy import func, select, update

PART_BYTES = 8 * MIB
SHRINK = 128 * 1024
"""Each byte that is sent stands for so many, as long as S3 is not asked to join them."""
AT_ONCE = 8
URLS_AT_ONCE = 1000


@pytest.fixture
def settings(make_settings: Callable[..., ApiSettings]) -> ApiSettings:
    """The limits as they are by default."""
    return make_settings()


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    """Knows nothing but the URLs it is given."""
    async with httpx.AsyncClient(timeout=30) as browser:
        yield browser


async def count(service: Service, table: Any) -> int:
    async with service.database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


@dataclass
class Uppy:
    """What `@uppy/aws-s3` asks of its callbacks, answered by the API.

    https://uppy.io/docs/aws-s3/: each returns what Uppy documents, from what the API answers and
    nothing else.
    """

    user: httpx.AsyncClient

    async def create_multipart_upload(self, file: dict[str, Any]) -> dict[str, str]:
        """`{uploadId, key}`; the API knows the key from the id."""
        body = {"name": file["name"], "size_bytes": file["size"]}
        headers = {"Idempotency-Key": file["id"]}
        answer = await self.user.post("/video/uploads", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        upload = answer.json()
        self.part_bytes = upload["part_bytes"]
        return {"uploadId": upload["id"], "key": upload["id"]}

    def get_chunk_size(self, _file: dict[str, Any]) -> int:
        """The API says how to cut."""
        return int(self.part_bytes)

    async def sign_part(self, upload_id: str, number: int) -> dict[str, Any]:
        """`{url, headers}`."""
        answer = await self.user.post(
            f"/video/uploads/{upload_id}/parts", json={"numbers": [number]}
        )
        assert answer.status_code == 200, answer.text
        return {"url": answer.json()["urls"][str(number)], "headers": {}}

    async def list_parts(self, upload_id: str) -> list[dict[str, Any]]:
        """`[{PartNumber, Size, ETag}]`."""
        answer = await self.user.get(f"/video/uploads/{upload_id}")
        assert answer.status_code == 200, answer.text
        return [
            {"PartNumber": part["number"], "Size": part["size_bytes"], "ETag": part["etag"]}
            for part in answer.json()["parts"]
        ]

    async def complete_multipart_upload(self, upload_id: str) -> dict[str, str]:
        """`{location}`. The parts that Uppy collected are not needed: S3 is asked for them."""
        answer = await self.user.post(f"/video/uploads/{upload_id}/complete")
        assert answer.status_code == 200, answer.text
        return {"location": f"/video/{answer.json()['id']}"}

    async def abort_multipart_upload(self, upload_id: str) -> None:
        """Nothing."""
        answer = await self.user.delete(f"/video/uploads/{upload_id}")
        assert answer.status_code == 204, answer.text


async def test_direct_upload_answers_have_what_uppy_needs(
    user: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    uppy = Uppy(user)
    content = bytes(range(256)) * (10 * MIB // 256)
    file = {"id": uuid4().hex, "name": "holiday.mp4", "size": len(content)}
    upload = await uppy.create_multipart_upload(file)
    chunk = uppy.get_chunk_size(file)
    etags = {}
    for number in (1, 2):
        signed = await uppy.sign_part(upload["uploadId"], number)
        body = content[(number - 1) * chunk : number * chunk]
        sent = await browser.put(signed["url"], content=body, headers=signed["headers"])
        assert sent.status_code == 200
        etags[number] = sent.headers["ETag"]
    assert await uppy.list_parts(upload["uploadId"]) == [
        {"PartNumber": 1, "Size": chunk, "ETag": etags[1]},
        {"PartNumber": 2, "Size": len(content) - chunk, "ETag": etags[2]},
    ]
    done = await uppy.complete_multipart_upload(upload["uploadId"])
    assert (await user.get(done["location"])).json()["name"] == "holiday.mp4"

    other = await uppy.create_multipart_upload({**file, "id": uuid4().hex})
    await uppy.abort_multipart_upload(other["uploadId"])
    assert (await user.get(f"/video/uploads/{other['uploadId']}")).status_code == 404


@pytest.mark.parametrize(
    "parts",
    [8, pytest.param(640, marks=pytest.mark.middle), pytest.param(1280, marks=pytest.mark.long)],
)
async def test_direct_upload_of_gigabytes_knows_each_of_its_parts(
    user: httpx.AsyncClient, browser: httpx.AsyncClient, service: Service, parts: int
) -> None:
    size = parts * PART_BYTES
    answer = await user.post("/video/uploads", json={"name": "long.mp4", "size_bytes": size})
    upload = answer.json()
    assert (upload["part_bytes"], upload["part_count"]) == (PART_BYTES, parts)
    async with service.database.transaction() as session:
        smaller = {"part_bytes": PART_BYTES // SHRINK, "reserved_bytes": size // SHRINK}
        await session.execute(update(Upload).values(smaller))

    await send_parts(user, browser, upload["id"], parts, PART_BYTES // SHRINK)

    found = (await user.get(f"/video/uploads/{upload['id']}")).json()["parts"]
    assert [part["number"] for part in found] == list(range(1, parts + 1))
    assert {part["size_bytes"] for part in found} == {PART_BYTES // SHRINK}


@pytest.mark.parametrize("parts", [8, pytest.param(1024, marks=pytest.mark.long)])
async def test_direct_upload_is_joined_in_order(
    user: httpx.AsyncClient,
    browser: httpx.AsyncClient,
    s3_server: Aws,
    bucket: str,
    parts: int,
) -> None:
    size = parts * PART_BYTES
    answer = await user.post("/video/uploads", json={"name": "long.mp4", "size_bytes": size})
    upload_id = answer.json()["id"]
    await send_parts(user, browser, upload_id, parts, PART_BYTES)

    answer = await user.post(f"/video/uploads/{upload_id}/complete")
    assert answer.status_code == 200, answer.text
    s3 = s3_server.client("s3")
    (stored,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert stored["Size"] == size
    body = s3.get_object(Bucket=bucket, Key=stored["Key"])["Body"]
    for number in range(1, parts + 1):
        assert body.read(PART_BYTES) == content_of(number, PART_BYTES)


async def send_parts(
    user: httpx.AsyncClient, browser: httpx.AsyncClient, upload_id: str, count: int, size: int
) -> None:
    """Send all parts of an upload, some at a time."""
    numbers = list(range(1, count + 1))
    urls: dict[str, str] = {}
    for begin in range(0, count, URLS_AT_ONCE):
        batch = {"numbers": numbers[begin : begin + URLS_AT_ONCE]}
        answer = await user.post(f"/video/uploads/{upload_id}/parts", json=batch)
        urls |= answer.json()["urls"]
    room = asyncio.Semaphore(AT_ONCE)

    async def send(number: int) -> None:
        async with room:
            answer = await browser.put(urls[str(number)], content=content_of(number, size))
            assert answer.status_code == 200, answer.text

    await asyncio.gather(*(send(number) for number in numbers))


def content_of(number: int, size: int) -> bytes:
    """What a part of this number holds."""
    return number.to_bytes(4, "big") * (size // 4)


async def test_completing_a_direct_upload_twice_at_once_makes_one_video(
    user: httpx.AsyncClient, browser: httpx.AsyncClient, service: Service
) -> None:
    body = {"name": "a.mp4", "size_bytes": 5}
    upload = (await user.post("/video/uploads", json=body)).json()
    path = f"/video/uploads/{upload['id']}"
    urls = (await user.post(f"{path}/parts", json={"numbers": [1]})).json()["urls"]
    assert (await browser.put(urls["1"], content=b"video")).status_code == 200

    answers = await asyncio.gather(*(user.post(f"{path}/complete") for _ in range(4)))

    # Who comes while S3 makes the object may be told to come again, but is never refused.
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert {(await user.post(f"{path}/complete")).json()["id"]} == {upload["id"]}
    assert await count(service, Video) == 1
