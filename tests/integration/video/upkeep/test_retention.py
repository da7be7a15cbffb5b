"""Videos are kept as long as agreed: announced, then deleted, then answered 410 for a while."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fixtures.extractions import assembled, extracted, outbox, planned
from fixtures.problems import blamed
from fixtures.video import Service
from fotograma_contracts.extractions import ExtractionCancelled
from fotograma_contracts.videos import VideoExpiring
from fotograma_local.aws import Aws
from fotograma_video.upkeep.retention import Retention

ClientFor = Callable[[UUID], httpx.AsyncClient]
DAYS = 30


@pytest.fixture
def retention(service: Service) -> Retention:
    return Retention(service.database, service.settings, service.clock)


@pytest.fixture
def ana_id() -> UUID:
    return uuid4()


@pytest.fixture
def ana(api: ClientFor, ana_id: UUID) -> httpx.AsyncClient:
    return api(ana_id)


async def upload(user: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await user.post("/video", files={"file": ("a.mp4", b"not decoded")}, data=fields)
    assert answer.status_code == 201, answer.text
    video: dict[str, Any] = answer.json()
    return video


async def complete(service: Service, video: dict[str, Any]) -> None:
    extraction_id = UUID(video["extractions"][0]["id"])
    await service.processing.planned(planned(extraction_id, segments=1))
    await service.processing.segment_extracted(extracted(extraction_id, 0))
    await service.processing.archive_assembled(assembled(extraction_id))


def kept(video: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(video["expires_at"]) - datetime.fromisoformat(video["created_at"])


async def change(
    user: httpx.AsyncClient, video: dict[str, Any], days: int | None
) -> httpx.Response:
    return await user.patch(f"/video/{video['id']}", json={"retention_days": days})


async def expiring(service: Service) -> list[tuple[str, datetime]]:
    return [
        (str(event.video_id), event.expires_at) for event in await outbox(service, VideoExpiring)
    ]


async def test_video_shows_when_it_expires(ana: httpx.AsyncClient) -> None:
    default, short = await upload(ana), await upload(ana, retention_days="7")
    assert (default["retention_days"], kept(default)) == (None, timedelta(days=DAYS))
    assert (short["retention_days"], kept(short)) == (7, timedelta(days=7))
    begun = await ana.post(
        "/video/uploads", json={"name": "b.mp4", "size_bytes": 5, "retention_days": 2}
    )
    signed = await ana.post(f"/video/uploads/{begun.json()['id']}/parts", json={"numbers": [1]})
    async with httpx.AsyncClient() as browser:
        await browser.put(signed.json()["urls"]["1"], content=b"bytes")
    direct = await ana.post(f"/video/uploads/{begun.json()['id']}/complete")
    assert kept(direct.json()) == timedelta(days=2)
    assert (await ana.get("/video/limits")).json()["max_retention_days"] == DAYS


async def test_user_shortens_and_restores_the_retention(
    ana: httpx.AsyncClient,
) -> None:
    video = await upload(ana)
    shorter = (await change(ana, video, 3)).json()
    assert (shorter["retention_days"], kept(shorter)) == (3, timedelta(days=3))
    renamed = await ana.patch(f"/video/{video['id']}", json={"name": "b.mp4"})
    assert (renamed.json()["name"], kept(renamed.json())) == ("b.mp4", timedelta(days=3))
    default = (await change(ana, video, None)).json()
    assert (default["name"], kept(default)) == ("b.mp4", timedelta(days=DAYS))


async def test_retention_beyond_the_limit_is_refused(ana: httpx.AsyncClient) -> None:
    video = await upload(ana)
    body = {"name": "a.mp4", "size_bytes": 9, "retention_days": DAYS + 1}
    form = {"files": {"file": ("a.mp4", b"x")}, "data": {"retention_days": str(DAYS + 1)}}
    for answer in (
        await change(ana, video, DAYS + 1),
        await ana.post("/video", **form),  # type: ignore[arg-type]
        await ana.post("/video/uploads", json=body),
    ):
        assert answer.status_code == 422
        assert answer.json()["code"] == "bad_retention"
        assert (answer.json()["limit"], answer.json()["which"]) == (DAYS, "retention_days")
        assert blamed(answer) == [("body.retention_days", "too_large", DAYS)]
    for wrong in ("0", "-1", "soon", "0" * 5_000 + "1"):
        answer = await ana.post(
            "/video", files={"file": ("a.mp4", b"x")}, data={"retention_days": wrong}
        )
        assert answer.json()["code"] == "bad_retention", wrong
        is_long = len(wrong) > 32
        error = ("too_long", 32) if is_long else ("not_a_number", None)
        assert blamed(answer) == [("body.retention_days", *error)]
    assert len((await ana.get("/video")).json()["items"]) == 1


async def test_retention_that_has_passed_already_is_refused(
    ana: httpx.AsyncClient, api_clock: Any
) -> None:
    video = await upload(ana)
    api_clock.ahead += timedelta(days=5)
    answer = await change(ana, video, 5)
    assert answer.json()["code"] == "bad_retention"
    assert blamed(answer) == [("body.retention_days", "too_small", 6)]
    assert (await change(ana, video, 6)).status_code == 200


async def test_expiry_notice_is_sent_once_for_each_date(
    ana: httpx.AsyncClient, service: Service, retention: Retention
) -> None:
    video, brief = await upload(ana), await upload(ana, retention_days="2")
    await retention.enforce()
    assert await expiring(service) == []
    service.clock.ahead += timedelta(days=DAYS - 3, hours=1)
    replica = Retention(service.database, service.settings, service.clock)
    for _ in range(2):
        await asyncio.gather(retention.enforce(), replica.enforce())
    first = (video["id"], datetime.fromisoformat(video["expires_at"]))
    assert await expiring(service) == [first]  # not of what is kept for less than the notice
    assert (await ana.get(f"/video/{brief['id']}")).status_code == 410

    sooner = (await change(ana, video, DAYS - 1)).json()
    for _ in range(2):
        await retention.enforce()
    second = (video["id"], datetime.fromisoformat(sooner["expires_at"]))
    assert await expiring(service) == [first, second]


async def test_expired_video_answers_410_and_later_404(
    ana: httpx.AsyncClient,
    stranger: httpx.AsyncClient,
    service: Service,
    retention: Retention,
    s3_server: Aws,
    bucket: str,
) -> None:
    video, other = await upload(ana, retention_days="7"), await upload(ana)
    await complete(service, video)
    await complete(service, other)
    service.clock.ahead += timedelta(days=7, minutes=1)
    replica = Retention(service.database, service.settings, service.clock)
    await asyncio.gather(retention.enforce(), replica.enforce())

    address, extraction = f"/video/{video['id']}", video["extractions"][0]["id"]
    requests = [
        ("GET", address),
        ("GET", f"{address}/download"),
        ("GET", f"{address}/source"),
        ("GET", f"{address}/extractions/{extraction}"),
        ("GET", f"{address}/extractions/{extraction}/frames"),
        ("PATCH", address),
        ("DELETE", address),
        ("POST", f"{address}/extractions"),
        ("POST", f"{address}/extractions/{extraction}/retry"),
    ]

    async def answers(user: httpx.AsyncClient) -> set[tuple[int, str]]:
        found = [
            await user.request(method, path, json={} if method in {"PATCH", "POST"} else None)
            for method, path in requests
        ]
        return {(answer.status_code, answer.json()["code"]) for answer in found}

    assert await answers(ana) == {(410, "gone")}
    assert await answers(stranger) == {(404, "video_not_found")}
    listed = (await ana.get("/video")).json()["items"]
    assert [item["id"] for item in listed] == [other["id"]]
    usage = (await ana.get("/video/limits")).json()["usage"]
    assert usage["videos"] == 1
    await service.janitor.tidy()
    keys = s3_server.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    assert [item["Key"].split("/")[1] for item in keys] == [other["id"]]

    service.clock.ahead += timedelta(days=service.settings.video_gone_days - 1)
    await retention.enforce()
    assert (await ana.get(address)).status_code == 410
    service.clock.ahead += timedelta(days=1)
    await retention.enforce()
    assert await answers(ana) == {(404, "video_not_found")}


async def test_running_extraction_delays_the_expiry(
    ana: httpx.AsyncClient, service: Service, retention: Retention
) -> None:
    video = await upload(ana, retention_days="7")
    service.clock.ahead += timedelta(days=7, hours=1)
    await retention.enforce()
    assert (await ana.get(f"/video/{video['id']}")).status_code == 200
    service.clock.ahead += timedelta(days=service.settings.video_retention_patience_days)
    replica = Retention(service.database, service.settings, service.clock)
    await asyncio.gather(retention.enforce(), replica.enforce())
    assert (await ana.get(f"/video/{video['id']}")).status_code == 410
    (cancelled,) = await outbox(service, ExtractionCancelled)
    assert str(cancelled.extraction_id) == video["extractions"][0]["id"]


async def test_administrator_changes_the_retention_of_a_user(
    ana: httpx.AsyncClient,
    ana_id: UUID,
    stranger: httpx.AsyncClient,
    admin: httpx.AsyncClient,
    service: Service,
    retention: Retention,
) -> None:
    default, short = await upload(ana), await upload(ana, retention_days="7")
    theirs = await upload(stranger)

    async def kept_now(days: int | None) -> list[timedelta]:
        limits = {"retention_days": days}
        answer = await admin.put(f"/video/admin/users/{ana_id}/quotas", json=limits)
        assert answer.status_code == 200, answer.text
        return [
            kept((await user.get(f"/video/{video['id']}")).json())
            for user, video in ((ana, default), (ana, short), (stranger, theirs))
        ]

    assert await kept_now(90) == [timedelta(days=days) for days in (90, 7, DAYS)]
    assert kept((await change(ana, default, 60)).json()) == timedelta(days=60)
    assert await kept_now(10) == [timedelta(days=days) for days in (10, 7, DAYS)]
    assert await kept_now(None) == [timedelta(days=days) for days in (DAYS, 7, DAYS)]

    told_first = await kept_now(1)  # less than the notice: there is time to tell
    assert all(timedelta(days=3) <= left < timedelta(days=3, minutes=10) for left in told_first[:2])
    assert await kept_now(1) == told_first
    assert (await ana.get("/video/limits")).json()["max_retention_days"] == 1
