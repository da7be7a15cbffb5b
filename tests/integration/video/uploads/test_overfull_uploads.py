"""A direct upload takes what it has reserved, and no more is kept of it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fixtures.video import Service
from fotograma_local.aws import Aws
from fotograma_video.models import Upload
from fotograma_video.upkeep import janitor as janitor_module
from sqlalchemy import select

RESERVED = 6_000


async def begun(user: httpx.AsyncClient) -> UUID:
    body = {"name": "a.mp4", "size_bytes": RESERVED}
    answer = await user.post("/video/uploads", json=body)
    assert answer.status_code == 201
    return UUID(answer.json()["id"])


async def put_past_the_api(
    service: Service, s3_server: Aws, upload_id: UUID, size: int, number: int = 1
) -> None:
    """Store a part as if its address had been signed for any size."""
    async with service.database.transaction() as session:
        upload = (await session.scalars(select(Upload).where(Upload.id == upload_id))).one()
    s3_server.client("s3").upload_part(
        Bucket=service.settings.s3_bucket,
        Key=upload.key,
        UploadId=upload.s3_upload_id,
        PartNumber=number,
        Body=b"x" * size,
    )


async def listed(user: httpx.AsyncClient) -> list[str]:
    items: list[dict[str, Any]] = (await user.get("/video/uploads")).json()["items"]
    return [item["id"] for item in items]


@pytest.mark.parametrize(("size", "stays"), [(RESERVED, True), (64 * RESERVED, False)])
async def test_upload_of_which_the_store_holds_far_more_is_ended(
    user: httpx.AsyncClient, service: Service, s3_server: Aws, size: int, *, stays: bool
) -> None:
    upload_id = await begun(user)
    await put_past_the_api(service, s3_server, upload_id, size)
    await service.janitor.tidy()
    assert await listed(user) == [str(upload_id)] * stays
    uploads = s3_server.client("s3").list_multipart_uploads(Bucket=service.settings.s3_bucket)
    assert len(uploads.get("Uploads", [])) == stays
    usage = (await user.get("/video/limits")).json()["usage"]
    assert usage["storage_bytes"] == RESERVED * stays


async def test_every_upload_has_its_turn(
    api: Callable[[UUID], httpx.AsyncClient],
    service: Service,
    s3_server: Aws,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(janitor_module, "WEIGHED_AT_ONCE", 2)
    users = [api(uuid4()) for _ in range(5)]
    for user in users:
        await put_past_the_api(service, s3_server, await begun(user), 64 * RESERVED)
    for _ in range(3):
        await service.janitor.tidy()
    assert [await listed(user) for user in users] == [[]] * 5
