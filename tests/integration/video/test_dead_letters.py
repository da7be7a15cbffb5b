"""The operator's commands over the graveyard, against a real RabbitMQ: nothing is ever lost."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from fixtures.deadlines import eventually
from fotograma_contracts.topology import DEAD_EXCHANGE, NOTIFY_EVENTS, DeadKey
from fotograma_contracts.users import Locale, UserPasswordResetRequested, UserRegistered
from fotograma_kit.broker import Broker, Graveyard
from fotograma_kit.broker.graveyard import DELIVERY_COUNT, RENEWED_AFTER
from fotograma_kit.settings import BrokerSettings
from fotograma_video.cli import app
from pydantic import SecretStr
from typer.testing import CliRunner, Result

LOOKS = 30
"""More than RabbitMQ 4 lets a message be handed back."""


@pytest.fixture
def settings(rabbitmq_url: str, monkeypatch: pytest.MonkeyPatch) -> BrokerSettings:
    monkeypatch.setenv("RABBITMQ_URL", rabbitmq_url)
    return BrokerSettings(rabbitmq_url=SecretStr(rabbitmq_url))


@pytest.fixture
async def channel(settings: BrokerSettings) -> AsyncIterator[AbstractChannel]:
    async with Broker(settings, "test") as broker:
        await broker.ping()  # declares the topology
    async with await aio_pika.connect(settings.rabbitmq_url.get_secret_value()) as connection:
        yield await connection.channel()


async def bury(
    channel: AbstractChannel,
    routing_key: str = "user.registered",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> str:
    """A dead message as a consumer leaves it; returns its id."""
    event = UserRegistered(
        user_id=uuid4(), revision=1, email="ana@example.com", locale=Locale.ENGLISH
    )
    exchange = await channel.get_exchange(DEAD_EXCHANGE, ensure=False)
    message = aio_pika.Message(
        body or event.model_dump_json().encode(),
        content_type="application/json",
        message_id=str(event.id),
        type=routing_key,
        headers={
            "x-origin": NOTIFY_EVENTS.name,
            "x-reason": "no luck",
            "x-attempt": 5,
            **(headers or {}),
        },
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
    await exchange.publish(message, DeadKey.GRAVEYARD)
    return str(event.id)


async def command(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, ["dead-letters", *arguments])


async def listed() -> list[dict[str, Any]]:
    result = await command("list")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


async def ids_listed() -> list[str]:
    return [line["message_id"] for line in await listed()]


async def depth(channel: AbstractChannel, queue: str) -> int:
    declared = await channel.declare_queue(queue, passive=True)
    return declared.declaration_result.message_count or 0


async def test_listing_dead_letters_shows_all_and_changes_nothing(channel: AbstractChannel) -> None:
    ids = [await bury(channel) for _ in range(2)]
    ids.append(await bury(channel, body=b"no \xff json"))
    first = (await listed())[0]
    assert first == {
        "message_id": ids[0],
        "routing_key": "user.registered",
        "origin": "notify.events",
        "reason": "no luck",
        "died_at": None,
    }
    assert (await command("list", "--limit", "1")).stdout.count("\n") == 1
    shown = json.loads((await command("show", ids[1])).stdout)
    assert shown["message_id"] == ids[1]
    assert shown["body"]["email"] == "ana@example.com"
    assert json.loads((await command("show", ids[2])).stdout)["body"] == "no \\xff json"
    for arguments in (["replay"], ["replay", "--all", "x"], ["replay", "x"], ["show", "x"]):
        result = await command(*arguments)
        assert result.exit_code == 1
        assert result.stderr.count("\n") == 1
    assert await ids_listed() == ids
    assert await depth(channel, NOTIFY_EVENTS.name) == 0


async def test_listing_dead_letters_shows_no_token_of_a_mailed_link(
    channel: AbstractChannel,
) -> None:
    event = UserPasswordResetRequested(
        user_id=uuid4(), token="a-mailed-token", expires_at=datetime.now(UTC)
    )
    body = event.model_dump_json().encode()
    ids = []
    for dead in (body, b'[{"nested": ' + body + b"}]", body[:-1]):
        message_id = await bury(channel, event.routing_key, dead)
        ids.append(message_id)
        shown = (await command("show", message_id)).stdout
        assert "a-mailed-token" not in shown
        assert "not shown" in shown
    whole = json.loads((await command("show", ids[0])).stdout)
    assert whole["body"]["user_id"] == str(event.user_id)


async def test_listing_dead_letters_often_keeps_them(
    channel: AbstractChannel, settings: BrokerSettings
) -> None:
    queue = await channel.get_queue(DeadKey.GRAVEYARD, ensure=False)
    ids = [await bury(channel)]
    async with Broker(settings, "test") as broker:
        died_once = await queue.get()
        assert died_once is not None
        await broker.dead_letter(
            died_once, DeadKey.GRAVEYARD, origin="video.events", reason="again"
        )
        await died_once.ack()
    ids.append(await bury(channel))
    for _ in range(LOOKS):
        letters = await Graveyard(settings).look(100)
        assert [letter.message_id for letter in letters] == ids
    assert [letter.reason for letter in letters] == ["again", "no luck"]
    assert letters[0].origin == "video.events"
    assert letters[0].died_at is not None
    assert abs(datetime.now(UTC) - letters[0].died_at) < timedelta(hours=1)
    worn = await queue.get()
    assert worn is not None
    assert int(str(worn.headers.get(DELIVERY_COUNT, 0))) <= RENEWED_AFTER


async def test_replayed_message_equals_the_original(channel: AbstractChannel) -> None:
    ids = [await bury(channel) for _ in range(3)]
    strange = await bury(channel, "user.abducted")
    result = await command("replay", ids[1])
    assert result.exit_code == 0, result.output
    assert result.stdout == f"replayed {ids[1]} user.registered\n"
    assert await ids_listed() == [ids[0], ids[2], strange]
    queue = await channel.get_queue(NOTIFY_EVENTS.name, ensure=False)
    message = await queue.get()
    assert message is not None
    assert message.message_id == ids[1]
    assert message.exchange == "fotograma.events"
    assert message.routing_key == "user.registered"
    assert set(message.headers) <= {DELIVERY_COUNT}  # its attempts begin anew
    assert UserRegistered.model_validate_json(message.body).email == "ana@example.com"
    await message.ack()

    result = await command("replay", "--all")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [f"replayed {ids[i]} user.registered" for i in (0, 2)]
    assert result.stderr == f"left {strange}: no message is called 'user.abducted'\n"
    assert await ids_listed() == [strange]
    assert await depth(channel, NOTIFY_EVENTS.name) == 2

    await channel.queue_delete(NOTIFY_EVENTS.name)
    unheard = await bury(channel)
    result = await command("replay", unheard)
    assert result.exit_code == 1
    assert result.stderr == f"left {unheard}: no queue takes 'user.registered'\n"
    assert await ids_listed() == [strange, unheard]


async def test_refused_dead_letter_blocks_no_other(channel: AbstractChannel) -> None:
    refused = await bury(channel, "segment.extract")
    ids = [await bury(channel) for _ in range(3)]
    await channel.exchange_delete("fotograma.commands")
    result = await command("replay", "--all")
    assert result.exit_code == 1
    assert [line.split()[1] for line in result.stdout.splitlines()] == ids
    assert result.stderr.startswith(f"left {refused}: ")
    assert "NOT_FOUND" in result.stderr
    assert await ids_listed() == [refused]


async def test_message_that_the_outbox_could_not_send_is_replayed_to_its_exchange(
    channel: AbstractChannel,
) -> None:
    known = await bury(channel, "user.abducted", headers={"x-exchange": "fotograma.events"})
    foreign = await bury(channel, "user.abducted", headers={"x-exchange": "amq.direct"})
    result = await command("replay", "--all")
    assert f"left {known}: no queue takes 'user.abducted'" in result.stderr
    assert f"left {foreign}: no message is called 'user.abducted'" in result.stderr
    queue = await channel.get_queue(NOTIFY_EVENTS.name, ensure=False)
    await queue.bind("fotograma.events", "user.abducted")  # as the release that knows it does
    result = await command("replay", known)
    assert result.stdout == f"replayed {known} user.abducted\n"
    assert await ids_listed() == [foreign]


async def test_listing_dead_letters_tolerates_foreign_headers(channel: AbstractChannel) -> None:
    ids = [await bury(channel, headers={"x-death": "plague"}), await bury(channel)]
    assert await ids_listed() == ids


async def test_unreachable_broker_is_reported_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:1/")
    result = await command("list")
    assert result.exit_code == 1
    assert result.stderr.startswith("RabbitMQ: ")
    assert result.stderr.count("\n") == 1


KILLED_BEFORE_ACKNOWLEDGING = """
import os, signal, sys
from aio_pika import IncomingMessage
from fotograma_video.cli import app

async def die(message, multiple=False):
    os.kill(os.getpid(), signal.SIGKILL)

IncomingMessage.ack = die
app(["dead-letters", "replay", *sys.argv[1:]])
"""


async def test_replay_killed_before_acknowledging_loses_no_message(
    channel: AbstractChannel, settings: BrokerSettings
) -> None:
    ids = [await bury(channel) for _ in range(2)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED_BEFORE_ACKNOWLEDGING, "--all"
    )
    assert await asyncio.wait_for(process.wait(), 30) == -signal.SIGKILL

    async def is_handed_back() -> bool:
        return await depth(channel, DeadKey.GRAVEYARD) == 2

    await eventually(is_handed_back)
    assert await ids_listed() == ids
    assert await depth(channel, NOTIFY_EVENTS.name) == 1  # so it comes twice; consumers know that
    assert (await command("replay", "--all")).exit_code == 0
    assert await listed() == []
    assert await depth(channel, NOTIFY_EVENTS.name) == 3
