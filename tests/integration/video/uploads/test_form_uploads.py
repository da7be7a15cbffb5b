"""POST /video: streamed, limited, idempotent, and nothing left of what is refused."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fixtures.problems import Blamed, blamed
from fixtures.video import MIB, Service
from fotograma_kit.database import Database, DatabaseUnavailable
from fotograma_local.aws import Aws
from fotograma_video.extractions.commands import Commands
from fotograma_video.extractions.service import Extractions
from fotograma_video.idempotency import Idempotency
from fotograma_video.models import IdempotencyKey, OutboxMessage, Upload, Video
from fotograma_video.uploads.form_parser import FormEvent, PartData, PartEnd, PartStart
from fotograma_video.uploads.form_uploads import FormUploads
from fotograma_video.uploads.intake import Intake
from fotograma_video.users.quotas import Quotas
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

CONTENT = bytes(range(256)) * 40


def objects(s3_server: Aws, bucket: str) -> list[str]:
    return [
        o["Key"] for o in s3_server.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    ]


def uploads_in_s3(s3_server: Aws, bucket: str) -> list[Any]:
    found: list[Any] = (
        s3_server.client("s3").list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    )
    return found


async def count(service: Service, table: Any) -> int:
    async with service.database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


def form(content: bytes = CONTENT, name: str = "holiday.mp4", recipe: Any = None) -> dict[str, Any]:
    request: dict[str, Any] = {"files": {"file": (name, content, "video/mp4")}}
    if recipe is not None:
        request["data"] = {"recipe": recipe if isinstance(recipe, str) else json.dumps(recipe)}
    return request


async def test_form_upload_is_stored_and_its_extraction_begins(
    user: httpx.AsyncClient, service: Service, s3_server: Aws, bucket: str
) -> None:
    recipe = {"sampling": {"mode": "fps", "fps": 2}, "output": {"format": "jpg"}}
    answer = await user.post("/video", **form(recipe=recipe))

    assert answer.status_code == 201, answer.text
    video = answer.json()
    assert answer.headers["Location"] == f"/video/{video['id']}"
    assert video["name"] == "holiday.mp4"
    assert video["status"] == "processing"
    assert video["size_bytes"] == len(CONTENT)
    assert video["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert video["extractions"][0]["recipe"]["sampling"] == {"mode": "fps", "fps": "2"}
    (key,) = objects(s3_server, bucket)
    assert key.startswith(f"sources/{video['id']}/")
    stored = s3_server.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert stored == CONTENT
    async with service.database.transaction() as session:
        keys = list(await session.scalars(select(OutboxMessage.routing_key)))
    assert sorted(keys) == ["extraction.plan", "video.uploaded"]
    assert await count(service, Upload) == 0


async def test_form_upload_of_many_parts_is_stored_in_order(
    user: httpx.AsyncClient, s3_server: Aws, bucket: str
) -> None:
    content = b"".join(i.to_bytes(4, "big") for i in range(15 * MIB // 4 - 7))
    answer = await user.post("/video", **form(content, recipe={}))
    assert answer.status_code == 201
    (key,) = objects(s3_server, bucket)
    assert s3_server.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read() == content


@pytest.mark.parametrize(
    ("request_parts", "status", "code"),
    [
        (form(b""), 422, "empty_file"),
        (form(b"x" * (16 * MIB + 1)), 413, "file_too_large"),
        (form(recipe="not json"), 422, "bad_recipe"),
        (form(recipe={"sampling": {"mode": "sometimes"}}), 422, "bad_recipe"),
        (form(recipe="x" * 300_000), 422, "bad_recipe"),
        ({"files": {"video": ("a.mp4", CONTENT)}}, 400, "bad_form"),
        ({"files": [("file", ("a", CONTENT)), ("file", ("b", CONTENT))]}, 400, "bad_form"),
        ({"data": {"recipe": "{}"}, "files": {"recipe2": ("x", b"x")}}, 400, "bad_form"),
        ({"json": {"file": "x"}}, 415, "unsupported_media_type"),
        (
            {
                "content": b"--b\r\nnonsense",
                "headers": {"Content-Type": "multipart/form-data; boundary=b"},
            },
            400,
            "bad_form",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
async def test_bad_form_upload_is_refused_and_leaves_nothing(
    user: httpx.AsyncClient,
    service: Service,
    s3_server: Aws,
    bucket: str,
    request_parts: dict[str, Any],
    status: int,
    code: str,
) -> None:
    answer = await user.post("/video", **request_parts)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    await service.janitor.tidy()
    assert objects(s3_server, bucket) == []
    assert uploads_in_s3(s3_server, bucket) == []
    assert await count(service, Upload) == 0
    assert await count(service, Video) == 0


@pytest.mark.parametrize(
    ("request_parts", "field"),
    [
        (form(b""), ("body.file", "too_small", 1)),
        (form(b"x" * (16 * MIB + 1)), ("body.file", "too_large", 16 * MIB)),
        (form(recipe="x" * 300_000), ("body.recipe", "too_long", 256 * 1024)),
        ({"files": {"video": ("a.mp4", CONTENT)}}, ("body.video", "unknown_field", None)),
        ({"files": {"recipe": (None, "{}")}}, ("body.file", "required", None)),
        (
            {"files": [("file", ("a", CONTENT)), ("file", ("b", CONTENT))]},
            ("body.file", "invalid", None),
        ),
        (
            {"files": [("recipe", (None, "{}")), ("recipe", (None, "{}"))]},
            ("body.recipe", "invalid", None),
        ),
    ],
    ids=["empty", "large", "long recipe", "other field", "no file", "two files", "two recipes"],
)
async def test_bad_form_upload_names_the_field_to_blame(
    user: httpx.AsyncClient, request_parts: dict[str, Any], field: Blamed
) -> None:
    answer = await user.post("/video", **request_parts)
    assert blamed(answer) == [field]


async def test_form_upload_with_a_bad_recipe_is_told_field_by_field(
    user: httpx.AsyncClient,
) -> None:
    recipe = {"sampling": {"mode": "interval", "seconds": 0}, "output": {"max_width": 5}}
    problem = (await user.post("/video", **form(recipe=recipe))).json()
    assert problem["detail"] == (
        "The interval must be at least 0.001 seconds. The maximum width must be at least 16 pixels."
    )
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [
        ("sampling.seconds", "too_small"),
        ("output.max_width", "too_small"),
    ]
    asked = (await user.get("/video", params={"limit": 0})).json()
    assert asked["detail"] == "“limit” must be at least 1."


async def test_form_upload_beyond_the_limit_names_the_limit(user: httpx.AsyncClient) -> None:
    answer = await user.post("/video", **form(b"x" * (17 * MIB)))
    assert answer.json()["limit"] == 16 * MIB
    assert str(16 * MIB) in answer.json()["detail"]


async def test_form_upload_of_a_declared_size_beyond_the_limit_is_refused_unread(
    user: httpx.AsyncClient,
) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    answer = await user.post(
        "/video",
        content=never(),
        headers={
            "Content-Type": "multipart/form-data; boundary=b",
            "Content-Length": str(10**12),
            "Expect": "100-continue",
        },
    )
    assert answer.status_code == 413


async def test_form_upload_beyond_the_storage_quota_is_refused(user: httpx.AsyncClient) -> None:
    for _ in range(4):
        assert (await user.post("/video", **form(b"x" * (15 * MIB)))).status_code == 201
    answer = await user.post("/video", **form(b"x" * (8 * MIB)))
    assert answer.status_code == 403
    assert answer.json()["code"] == "quota_exceeded"
    assert answer.json()["limit"] == 64 * MIB


async def test_form_upload_beyond_the_running_extractions_is_refused(
    user: httpx.AsyncClient,
) -> None:
    for _ in range(6):
        assert (await user.post("/video", **form())).status_code == 201
    answer = await user.post("/video", **form())
    assert answer.status_code == 429
    assert answer.json()["code"] == "too_many_at_once"
    assert answer.headers["Retry-After"]


async def test_limits_show_the_usage(user: httpx.AsyncClient) -> None:
    await user.post("/video", **form())
    limits = (await user.get("/video/limits")).json()
    assert limits["max_upload_bytes"] == 16 * MIB
    assert limits["usage"] == {
        "videos": 1,
        "storage_bytes": len(CONTENT),
        "daily_upload_bytes": len(CONTENT),
        "uploads_in_progress": 0,
        "running_extractions": 1,
    }


async def test_idempotency_key_and_same_body_make_one_video(
    user: httpx.AsyncClient, service: Service
) -> None:
    key = {"Idempotency-Key": "once"}
    first = await user.post("/video", **form(), headers=key)
    second = await user.post("/video", **form(), headers=key)
    assert first.status_code == second.status_code == 201
    assert first.json()["id"] == second.json()["id"]
    assert await count(service, Video) == 1


async def test_idempotency_key_with_another_body_is_refused(user: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "once"}
    await user.post("/video", **form(), headers=key)
    for other in (form(CONTENT + b"!"), form(name="other.mp4"), form(recipe={"start": 1})):
        answer = await user.post("/video", **other, headers=key)
        assert answer.status_code == 422
        assert answer.json()["code"] == "idempotency_key_reused"


async def test_idempotency_key_belongs_to_its_user(
    user: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    key = {"Idempotency-Key": "once"}
    mine = await user.post("/video", **form(), headers=key)
    theirs = await stranger.post("/video", **form(), headers=key)
    assert mine.json()["id"] != theirs.json()["id"]


async def test_idempotency_key_of_a_failed_request_is_freed(
    user: httpx.AsyncClient, service: Service
) -> None:
    key = {"Idempotency-Key": "once"}
    assert (await user.post("/video", **form(b""), headers=key)).status_code == 422
    assert await count(service, IdempotencyKey) == 0
    assert (await user.post("/video", **form(), headers=key)).status_code == 201


class SlowForm:
    """A form whose end a test holds back."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    headers = {"Content-Type": "multipart/form-data; boundary=b", "Idempotency-Key": "once"}  # noqa: RUF012

    async def body(self) -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc'
        self.begun.set()
        await self.go_on.wait()
        yield b"def\r\n--b--\r\n"


async def test_idempotency_key_in_flight_is_a_conflict(user: httpx.AsyncClient) -> None:
    slow, second = SlowForm(), SlowForm()
    first = asyncio.create_task(user.post("/video", content=slow.body(), headers=slow.headers))
    await slow.begun.wait()
    second.go_on.set()
    answer = await user.post("/video", content=second.body(), headers=second.headers)
    assert answer.status_code == 409
    assert answer.json()["code"] == "idempotency_key_in_flight"
    slow.go_on.set()
    assert (await first).status_code == 201


async def test_long_form_upload_sends_heartbeats(
    user: httpx.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fotograma_video.uploads.form_uploads.HEARTBEAT_SECONDS", 0.0)
    slow = SlowForm()
    first = asyncio.create_task(user.post("/video", content=slow.body(), headers=slow.headers))
    await slow.begun.wait()
    long_ago = service.clock() - timedelta(days=1)
    async with service.database.transaction() as session:
        await session.execute(update(IdempotencyKey).values(heartbeat_at=long_ago))
        await session.execute(update(Upload).values(expires_at=long_ago))
        # No janitor may find the upload expired between these lines and its next heartbeat.
        slow.go_on.set()
    answer = await first
    assert answer.status_code == 201, answer.text
    async with service.database.transaction() as session:
        heartbeat = await session.scalar(select(IdempotencyKey.heartbeat_at))
    assert heartbeat is not None
    assert heartbeat > long_ago


async def test_stalled_form_upload_is_broken_off(
    user: httpx.AsyncClient, service: Service, s3_server: Aws, bucket: str
) -> None:
    slow = SlowForm()
    answer = await user.post("/video", content=slow.body(), headers=slow.headers)
    assert answer.status_code == 408
    assert answer.json()["code"] == "upload_stalled"
    await service.janitor.tidy()
    assert uploads_in_s3(s3_server, bucket) == []


async def test_janitor_removes_uploads_of_a_dead_process(
    service: Service, settings: Any, s3_server: Aws, bucket: str, user: httpx.AsyncClient
) -> None:
    """As if the API had been killed in the middle of an upload."""
    slow = SlowForm()
    task = asyncio.create_task(user.post("/video", content=slow.body(), headers=slow.headers))
    await slow.begun.wait()
    async with service.database.transaction() as session:
        upload = (await session.scalars(select(Upload))).one()
        abandoned = Upload(
            id=UUID(int=1),
            owner_id=upload.owner_id,
            key="sources/left/behind",
            reserved_bytes=9,
            expires_at=upload.expires_at - timedelta(days=1),
        )
        session.add(abandoned)
    s3_server.client("s3").create_multipart_upload(Bucket=bucket, Key="sources/left/behind")
    await service.janitor.tidy()
    left = [item["Key"] for item in uploads_in_s3(s3_server, bucket)]
    assert "sources/left/behind" not in left
    assert await count(service, Upload) == 1  # the one that lives
    slow.go_on.set()
    assert (await task).status_code == 201


async def test_form_upload_needs_a_token(user: httpx.AsyncClient) -> None:
    del user.headers["Authorization"]
    answer = await user.post("/video", **form())
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json()["code"] == "unauthenticated"


class AnswerLost(Database):
    """Commits the first video, and loses the answer."""

    lost = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        async with super().transaction() as session:
            yield session
            videos = await session.scalar(select(func.count()).select_from(Video))
        if videos and not self.lost:
            self.lost = True
            raise DatabaseUnavailable


async def test_form_upload_keeps_its_source_if_only_the_commits_answer_is_lost(
    service: Service, s3_server: Aws, bucket: str
) -> None:
    settings, clock = service.settings, service.clock
    database = AnswerLost(settings)
    idempotency, quotas = Idempotency(database, settings), Quotas(settings, clock)
    commands = Commands(settings)
    extractions = Extractions(database, commands, idempotency, quotas, settings, clock)
    intake = Intake(extractions, quotas, clock)
    uploads = FormUploads(database, service.storage, intake, idempotency, quotas, settings, clock)

    async def events() -> AsyncIterator[FormEvent]:
        for event in (PartStart("file", "a.mp4"), PartData(CONTENT), PartEnd()):
            yield event

    with pytest.raises(DatabaseUnavailable):
        await uploads.receive(uuid4(), events(), len(CONTENT), None)
    await database.close()
    assert await count(service, Video) == 1
    await service.janitor.tidy()
    (key,) = objects(s3_server, bucket)
    assert s3_server.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read() == CONTENT
