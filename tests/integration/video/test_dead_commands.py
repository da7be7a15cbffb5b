"""What administrators see of commands that the workers gave up, over RabbitMQ and PostgreSQL."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fixtures.deadlines import eventually
from fixtures.extractions import outbox, state, upload
from fixtures.video import Service
from fotograma_contracts.base import Message
from fotograma_contracts.extractions import ExtractionPlan
from fotograma_contracts.topology import PLAN_QUEUE
from fotograma_kit.broker import (
    Broker,
    Consumer,
    DeadLetter,
    Graveyard,
    Outcome,
    Publication,
    Retry,
    Route,
)
from fotograma_kit.settings import BrokerSettings
from fotograma_video.cli import app
from fotograma_video.consumers import dead_command_consumer
from fotograma_video.dead_commands import DeadCommandRecorder
from typer.testing import CliRunner

ADDRESS = "/video/admin/dead-letters"
TELLING = "no answer of https://s3/b/k?X-Amz-Signature=5e7c for 'My holiday.mp4' of ana@example.com"
DIED = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
async def broker(rabbitmq_url: str) -> AsyncIterator[Broker]:
    """That of a worker whose second attempt is the last."""
    settings = BrokerSettings.model_validate(
        {
            "rabbitmq_url": rabbitmq_url,
            "retry_delays_seconds": (0.1,),
            "retry_attempts": 2,
            "drain_seconds": 5.0,
        }
    )
    async with Broker(settings, "worker") as broker:
        await broker.ping()
        yield broker


@pytest.fixture
def recorder(service: Service) -> DeadCommandRecorder:
    return DeadCommandRecorder(service.database, service.clock)


@asynccontextmanager
async def running(*consumers: Consumer) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(consumer.run()) for consumer in consumers]
    yield
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def at_work(
    broker: Broker, service: Service, recorder: DeadCommandRecorder
) -> AsyncIterator[None]:
    """A worker that gives up every plan, and the background's consumer of what it gave up."""

    async def give_up(_: Message) -> Outcome:
        return Retry(TELLING)

    worker = Consumer(broker, PLAN_QUEUE, {ExtractionPlan: give_up}, slots=1)
    dead = dead_command_consumer(service.broker, service.processing, recorder)
    async with running(worker, dead):
        yield


async def buried(settings: BrokerSettings, count: int) -> None:
    async def are_buried() -> bool:
        return len(await Graveyard(settings).look(count + 1)) == count

    await eventually(are_buried)


async def listed(admin: httpx.AsyncClient, **parameters: Any) -> list[dict[str, Any]]:
    answer = await admin.get(ADDRESS, params=parameters)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def letter(message_id: UUID, died_at: datetime | None = DIED, body: bytes = b"{}") -> DeadLetter:
    return DeadLetter(
        message_id=str(message_id),
        routing_key="segment.extract",
        origin="segment.extract",
        reason="delivery_limit",
        attempts=3,
        died_at=died_at,
        body=body,
    )


async def test_dead_command_is_listed_without_what_it_names(
    user: httpx.AsyncClient,
    admin: httpx.AsyncClient,
    service: Service,
    broker: Broker,
    recorder: DeadCommandRecorder,
) -> None:
    video_id, extraction_id = await upload(user, "My holiday.mp4")
    (plan,) = await outbox(service, ExtractionPlan)
    assert "My holiday.mp4" in plan.model_dump_json()
    assert await listed(admin) == []
    async with at_work(broker, service, recorder):
        await broker.publish(plan)
        (shown,) = await eventually(lambda: listed(admin))
        await buried(broker.settings, 1)
    assert (await state(user, video_id, extraction_id))["status"] == "failed"
    first_died_at, died_at = shown.pop("first_died_at"), shown.pop("died_at")
    assert first_died_at == died_at
    assert abs(datetime.now(UTC) - datetime.fromisoformat(died_at)) < timedelta(minutes=5)
    assert shown.pop("owner_id") == (await listed_owner(admin, extraction_id))
    assert shown == {
        "message_id": str(plan.id),
        "routing_key": "extraction.plan",
        "origin": PLAN_QUEUE.name,
        "reason": "no answer of … for … of …",
        "attempts": 2,
        "deaths": 1,
        "extraction_id": str(extraction_id),
        "segment": None,
        "video_id": str(video_id),
    }


async def listed_owner(admin: httpx.AsyncClient, extraction_id: UUID) -> str:
    extractions = (await admin.get("/video/admin/extractions")).json()["items"]
    return str(next(each["owner_id"] for each in extractions if each["id"] == str(extraction_id)))


async def test_command_that_dies_again_after_its_replay_is_counted(
    admin: httpx.AsyncClient,
    user: httpx.AsyncClient,
    service: Service,
    broker: Broker,
    recorder: DeadCommandRecorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await upload(user)
    (plan,) = await outbox(service, ExtractionPlan)
    monkeypatch.setenv("RABBITMQ_URL", broker.settings.rabbitmq_url.get_secret_value())
    async with at_work(broker, service, recorder):
        await broker.publish(plan)
        await buried(broker.settings, 1)
        (once,) = await listed(admin)
        # AMQP's times are whole seconds: this death has to be of another one.
        await eventually(lambda: is_past(datetime.fromisoformat(once["died_at"])))
        command = ["dead-letters", "replay", str(plan.id)]
        replayed = await asyncio.to_thread(CliRunner().invoke, app, command)
        assert replayed.exit_code == 0, replayed.output

        async def died_twice() -> dict[str, Any] | None:
            (shown,) = await listed(admin)
            return shown if shown["deaths"] == 2 else None

        twice = await eventually(died_twice)
    assert twice["first_died_at"] == once["died_at"]
    assert twice["died_at"] > once["died_at"]


async def is_past(second: datetime) -> bool:
    return datetime.now(UTC) >= second + timedelta(seconds=1)


async def test_command_that_does_not_parse_is_listed_too(
    admin: httpx.AsyncClient, service: Service, broker: Broker, recorder: DeadCommandRecorder
) -> None:
    message_id, route = uuid4(), Route("fotograma.dead")
    async with at_work(broker, service, recorder):
        await broker.publish_stored(
            Publication(route, "q.dead", b'{"name": "My holiday.mp4"', str(message_id))
        )
        (shown,) = await eventually(lambda: listed(admin))
        await buried(broker.settings, 1)
    assert shown["message_id"] == str(message_id)
    assert shown["extraction_id"] is shown["segment"] is shown["owner_id"] is None
    assert "holiday" not in json.dumps(shown)


async def test_death_is_recorded_once_however_often_it_is_told(
    admin: httpx.AsyncClient, recorder: DeadCommandRecorder
) -> None:
    message_id, extraction_id = uuid4(), uuid4()
    body = json.dumps({"extraction_id": str(extraction_id), "index": 7, "key": "sources/k"})
    for died_at in (DIED, DIED, DIED - timedelta(hours=1), DIED + timedelta(hours=1)):
        await recorder.record(letter(message_id, died_at, body.encode()))
    (shown,) = await listed(admin)
    assert (shown["deaths"], shown["extraction_id"]) == (2, str(extraction_id))
    assert (shown["segment"], shown["attempts"]) == (7, 3)
    assert datetime.fromisoformat(shown["died_at"]) == DIED + timedelta(hours=1)


@pytest.mark.parametrize("message_id", [None, "outbox.video.3"])
async def test_message_that_is_none_of_ours_is_left_to_the_graveyard(
    admin: httpx.AsyncClient, recorder: DeadCommandRecorder, message_id: str | None
) -> None:
    strange = DeadLetter(message_id, "x", None, None, attempts=1, died_at=None, body=b"\xff")
    await recorder.record(strange)
    assert await listed(admin) == []


async def test_death_with_headers_that_no_row_takes_is_recorded(
    admin: httpx.AsyncClient, recorder: DeadCommandRecorder
) -> None:
    """Who dead-letters chooses them; what cannot be recorded would not fail its extraction."""
    hostile = replace(
        letter(uuid4()), routing_key="seg\0ment", origin="\0q", reason="\0", attempts=1 << 40
    )
    await recorder.record(hostile)
    (told,) = await listed(admin)
    assert (told["routing_key"], told["origin"]) == ("segment", "q")
    assert told["attempts"] == 2**31 - 1


async def test_administrator_pages_through_dead_letters_the_last_first(
    admin: httpx.AsyncClient, recorder: DeadCommandRecorder
) -> None:
    ids = [uuid4() for _ in range(5)]
    for minute, message_id in enumerate(ids):
        await recorder.record(letter(message_id, DIED + timedelta(minutes=minute // 2)))
    seen: list[str] = []
    after = None
    while True:
        parameters = {"limit": 2, **({"after": after} if after else {})}
        page = (await admin.get(ADDRESS, params=parameters)).json()
        assert len(page["items"]) <= 2
        seen += [item["message_id"] for item in page["items"]]
        if (after := page["next"]) is None:
            break
    assert seen[0] == str(ids[4])
    assert sorted(seen) == sorted(map(str, ids))
    assert seen == [item["message_id"] for item in await listed(admin)]


async def test_dead_letters_are_forgotten_after_their_days(
    admin: httpx.AsyncClient, service: Service, recorder: DeadCommandRecorder
) -> None:
    kept = timedelta(days=service.settings.video_dead_letter_days)
    await recorder.record(letter(uuid4(), service.clock() - kept - timedelta(minutes=1)))
    await recorder.record(letter(recent := uuid4(), service.clock() - kept + timedelta(minutes=9)))
    await service.janitor.tidy()
    assert [item["message_id"] for item in await listed(admin)] == [str(recent)]


async def test_dead_letters_are_for_administrators_only(
    user: httpx.AsyncClient, api: Callable[[UUID], httpx.AsyncClient]
) -> None:
    answer = await user.get(ADDRESS)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert (await user.get(ADDRESS, headers={"Authorization": ""})).status_code == 401
