"""Limits of users: the day's, the reserved and corrected, and those an administrator gives."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fixtures.extractions import planned, upload
from fixtures.video import MIB, Service
from fotograma_contracts.extractions import ExtractionRejected
from fotograma_contracts.readable import CODECS, CONTAINERS
from fotograma_contracts.reasons import Reason
from fotograma_video.cli import app
from fotograma_video.models import Upload, UserQuota, Video
from sqlalchemy import func, select, update
from typer.testing import CliRunner

ClientFor = Callable[[UUID], httpx.AsyncClient]
BOUNDARY = {"Content-Type": "multipart/form-data; boundary=b"}
HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
TAIL = b"\r\n--b--\r\n"


@pytest.fixture
def ana_id() -> UUID:
    return uuid4()


@pytest.fixture
def ana(api: ClientFor, ana_id: UUID) -> httpx.AsyncClient:
    return api(ana_id)


async def limit(admin: httpx.AsyncClient, user_id: UUID, **limits: int | None) -> dict[str, Any]:
    answer = await admin.put(f"/video/admin/users/{user_id}/quotas", json=limits)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def send(user: httpx.AsyncClient, size: int) -> httpx.Response:
    return await user.post("/video", files={"file": ("a.mp4", b"x" * size)})


async def usage(user: httpx.AsyncClient) -> dict[str, int]:
    found: dict[str, int] = (await user.get("/video/limits")).json()["usage"]
    return found


def assert_refused(answer: httpx.Response, limit: int) -> None:
    assert answer.status_code == 403, answer.text
    assert answer.json()["code"] == "quota_exceeded"
    assert answer.json()["limit"] == limit


async def test_limits_tell_what_can_be_read(user: httpx.AsyncClient) -> None:
    limits = (await user.get("/video/limits")).json()
    assert limits["containers"] == list(CONTAINERS.values())
    assert set(limits["codecs"]) == set(CODECS.values())


async def test_daily_quota_is_freed_as_24_hours_pass(
    ana: httpx.AsyncClient, ana_id: UUID, admin: httpx.AsyncClient, service: Service
) -> None:
    await limit(admin, ana_id, daily_upload_bytes=4_000)
    first, second = [(await send(ana, 1_500)).json()["id"] for _ in range(2)]
    assert (await ana.delete(f"/video/{first}")).status_code == 204
    assert (await usage(ana))["storage_bytes"] == 1_500
    assert (await usage(ana))["daily_upload_bytes"] == 3_000  # deleting gives nothing back
    assert_refused(await send(ana, 1_500), limit=4_000)

    async with service.database.transaction() as session:
        yesterday = service.clock() - timedelta(hours=24, seconds=1)
        statement = update(Video).where(Video.id == UUID(second)).values(created_at=yesterday)
        await session.execute(statement)
    assert (await send(ana, 1_500)).status_code == 201
    assert (await usage(ana))["daily_upload_bytes"] == 3_000


async def test_failed_and_aborted_uploads_take_no_quota(
    ana: httpx.AsyncClient, ana_id: UUID, admin: httpx.AsyncClient
) -> None:
    await limit(admin, ana_id, daily_upload_bytes=10 * MIB)
    begun = await ana.post("/video/uploads", json={"name": "a.mp4", "size_bytes": 9 * MIB})
    assert begun.status_code == 201, begun.text
    assert (await usage(ana))["daily_upload_bytes"] == 9 * MIB
    assert_refused(await send(ana, 2 * MIB), limit=10 * MIB)
    assert (await ana.delete(f"/video/uploads/{begun.json()['id']}")).status_code == 204
    assert (await ana.post("/video", files={"other": ("a", b"x" * MIB)})).status_code == 400
    left = await usage(ana)
    assert (left["daily_upload_bytes"], left["storage_bytes"]) == (0, 0)
    assert (await send(ana, 2 * MIB)).status_code == 201


async def test_quota_of_a_form_is_corrected_to_its_real_size(
    ana: httpx.AsyncClient,
) -> None:
    """Its Content-Length covers the recipe and the boundaries, too."""
    reserved: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        yield HEAD + b"abc"
        reserved.append((await usage(ana))["storage_bytes"])
        yield TAIL

    length = str(len(HEAD) + 3 + len(TAIL))
    answer = await ana.post(
        "/video", content=body(), headers={**BOUNDARY, "Content-Length": length}
    )
    assert answer.status_code == 201, answer.text
    assert reserved == [int(length)]
    assert (await usage(ana))["storage_bytes"] == 3


async def test_forms_of_undeclared_size_cannot_exceed_the_quota_together(
    ana: httpx.AsyncClient, ana_id: UUID, admin: httpx.AsyncClient, service: Service
) -> None:
    """Each would fit alone; both are under way before either has come."""
    await limit(admin, ana_id, storage_bytes=1_000)
    both_begun = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield HEAD + b"x" * 300
        if await rows(service, Upload) == 2:
            both_begun.set()
        await both_begun.wait()
        yield b"x" * 300 + TAIL

    answers = await asyncio.gather(
        *(ana.post("/video", content=body(), headers=BOUNDARY) for _ in range(2))
    )
    accepted, refused = sorted(answers, key=lambda answer: answer.status_code)
    assert accepted.status_code == 201
    assert_refused(refused, limit=1_000)
    assert (await usage(ana))["storage_bytes"] == 600
    assert await rows(service, Upload) == 0


@pytest.mark.parametrize("missing", [1, -1], ids=["smaller", "larger"])
async def test_direct_upload_of_another_size_frees_its_quota(
    ana: httpx.AsyncClient, missing: int
) -> None:
    body = {"name": "a.mp4", "size_bytes": 1_000}
    upload_id = (await ana.post("/video/uploads", json=body)).json()["id"]
    assert (await usage(ana))["storage_bytes"] == 1_000
    signed = await ana.post(f"/video/uploads/{upload_id}/parts", json={"numbers": [1]})
    async with httpx.AsyncClient() as browser:
        sent = await browser.put(signed.json()["urls"]["1"], content=b"x" * (1_000 - missing))
    assert sent.status_code == 403
    answer = await ana.post(f"/video/uploads/{upload_id}/complete")
    assert (answer.status_code, answer.json()["missing"]) == (409, [1])
    assert (await usage(ana))["storage_bytes"] == 1_000  # it can still be sent again
    assert (await ana.delete(f"/video/uploads/{upload_id}")).status_code == 204
    left = await usage(ana)
    assert (left["storage_bytes"], left["daily_upload_bytes"]) == (0, 0)


async def test_administrator_sets_and_resets_a_users_limits(
    ana: httpx.AsyncClient, ana_id: UUID, stranger: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    address = f"/video/admin/users/{ana_id}/quotas"
    before = (await admin.get(address)).json()
    assert set(before["own"].values()) == {None}
    assert before["limits"]["upload_bytes"] == 16 * MIB
    given = await limit(admin, ana_id, upload_bytes=100, videos=1)
    assert given["own"]["upload_bytes"] == given["limits"]["upload_bytes"] == 100
    assert given["limits"]["storage_bytes"] == before["limits"]["storage_bytes"]

    answer = await send(ana, 101)
    assert answer.status_code == 413
    assert answer.json()["limit"] == 100
    assert (await send(ana, 100)).status_code == 201
    assert_refused(await send(ana, 1), limit=1)
    mine = (await ana.get("/video/limits")).json()
    assert (mine["max_upload_bytes"], mine["max_videos"]) == (100, 1)
    assert (await stranger.get("/video/limits")).json()["max_upload_bytes"] == 16 * MIB
    assert (await admin.get(address)).json()["usage"]["videos"] == 1

    assert await limit(admin, ana_id, upload_bytes=17 * MIB) != given
    assert (await send(ana, 16 * MIB + 1)).status_code == 201  # more than everybody may
    assert (await limit(admin, ana_id))["limits"] == before["limits"]


@pytest.mark.parametrize(
    ("limits", "status", "code"),
    [
        ({"uploads_in_progress": 0}, 429, "too_many_at_once"),
        ({"running_extractions": 0}, 429, "too_many_at_once"),
        ({"storage_bytes": 0}, 403, "quota_exceeded"),
        ({"videos": 0}, 403, "quota_exceeded"),
    ],
)
async def test_limit_of_zero_refuses_everything(
    ana: httpx.AsyncClient,
    ana_id: UUID,
    admin: httpx.AsyncClient,
    limits: dict[str, int],
    status: int,
    code: str,
) -> None:
    await limit(admin, ana_id, **limits)
    answer = await send(ana, 1)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "body", [{"videos": -1}, {"videos": 2**31}, {"storage_bytes": 2**53}, {"frames": 1}]
)
async def test_invalid_limits_are_refused(admin: httpx.AsyncClient, body: dict[str, int]) -> None:
    answer = await admin.put(f"/video/admin/users/{uuid4()}/quotas", json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"


async def test_administration_is_for_administrators_only(
    ana: httpx.AsyncClient, ana_id: UUID
) -> None:
    for answer in (
        await ana.get(f"/video/admin/users/{ana_id}/quotas"),
        await ana.put(f"/video/admin/users/{ana_id}/quotas", json={"videos": 10**6}),
        await ana.get("/video/admin/extractions"),
    ):
        assert answer.status_code == 403
        assert answer.json()["code"] == "forbidden"


async def test_limits_of_an_erased_user_are_deleted(
    ana_id: UUID, admin: httpx.AsyncClient, service: Service
) -> None:
    await limit(admin, ana_id, videos=3)
    await service.erasure.erase_user(ana_id)
    assert (await admin.get(f"/video/admin/users/{ana_id}/quotas")).status_code == 404
    answer = await admin.put(f"/video/admin/users/{ana_id}/quotas", json={"videos": 5})
    assert answer.json()["code"] == "user_not_found"
    service.clock.ahead += timedelta(seconds=service.settings.sweep_again_seconds + 1)
    await service.erasure.purge()
    assert await rows(service, UserQuota) == 0


async def test_administrator_lists_extractions_by_status(
    ana: httpx.AsyncClient,
    ana_id: UUID,
    stranger: httpx.AsyncClient,
    admin: httpx.AsyncClient,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    extractions = [(await upload(ana))[1] for _ in range(3)]
    _, theirs = await upload(stranger)
    await service.processing.planned(planned(extractions[0]))
    await service.processing.rejected(
        ExtractionRejected(
            extraction_id=extractions[1], attempt=1, reason=Reason.DAMAGED, detail="It is damaged."
        )
    )

    async def listed(**parameters: Any) -> list[dict[str, Any]]:
        answer = await admin.get("/video/admin/extractions", params=parameters)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    monkeypatch.setenv("DATABASE_URL", service.settings.database_url.get_secret_value())
    command = ["extractions", "--status", "failed"]
    printed = (await asyncio.to_thread(CliRunner().invoke, app, command)).stdout
    (failed,) = await listed(status="failed")
    assert json.loads(printed) == failed
    assert failed["id"] == str(extractions[1])
    assert failed["owner_id"] == str(ana_id)
    assert failed["reason"] == "damaged"
    assert {item["id"] for item in await listed(status="planning")} == {
        str(extractions[2]),
        str(theirs),
    }
    assert [item["id"] for item in await listed(owner_id=ana_id)] == [
        str(extraction) for extraction in reversed(extractions)
    ]

    seen: list[str] = []
    after = None
    while True:
        parameters = {"limit": 3, **({"after": after} if after else {})}
        page = (await admin.get("/video/admin/extractions", params=parameters)).json()
        seen += [item["id"] for item in page["items"]]
        if (after := page["next"]) is None:
            break
    assert seen == [str(theirs), *(str(extraction) for extraction in reversed(extractions))]


async def rows(service: Service, table: Any) -> int:
    async with service.database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0
