"""Each service's RabbitMQ user may do what the service does, and nothing else."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aiormq.exceptions import ChannelAccessRefused
from fixtures.compose import DEPLOY
from fixtures.servers import fresh_name
from fotograma_contracts import extractions, users, videos
from fotograma_contracts.base import Exchange, Message
from fotograma_contracts.topology import (
    COMMAND_QUEUES,
    DEAD_COMMANDS,
    DEAD_EXCHANGE,
    MESSAGES,
    NOTIFY_EVENTS,
    VIDEO_EVENTS,
    WORK_QUEUES,
    DeadKey,
    routing_key_of,
)
from fotograma_kit.broker.retries import retry_exchange
from fotograma_kit.broker.topology import declare_topology
from fotograma_local.rabbitmq import RabbitMQ

pytestmark = pytest.mark.middle

PASSWORD = fresh_name("secret")
DELAY = 5.0
QUEUES = {queue.name for queue in WORK_QUEUES} | set(DeadKey)


@dataclass(frozen=True)
class Part:
    """What one service does with the broker."""

    tells: tuple[type[Message], ...] = ()
    """The messages it publishes."""
    consumes: frozenset[str] = frozenset()
    listens: tuple[type[Message], ...] = field(default=())
    """The events it hears by an exclusive queue."""
    has_outbox: bool = False


_OF_USERS = tuple(m for m in MESSAGES if m.__module__ == users.__name__)
_OF_VIDEOS = tuple(m for m in MESSAGES if m.__module__ == videos.__name__)
_COMMANDS = tuple(message for queue in COMMAND_QUEUES for message in queue.messages)
_OF_WORKERS = tuple(
    m
    for m in MESSAGES
    if m.__module__ == extractions.__name__
    and m not in (*_COMMANDS, extractions.ExtractionCancelled)
)
PARTS = {
    "auth": Part(tells=_OF_USERS, has_outbox=True),
    "video": Part(
        tells=(*_OF_VIDEOS, *_COMMANDS, extractions.ExtractionCancelled),
        consumes=frozenset({VIDEO_EVENTS.name, DEAD_COMMANDS.name}),
        listens=(extractions.SegmentProgressed,),
        has_outbox=True,
    ),
    "notify": Part(consumes=frozenset({NOTIFY_EVENTS.name})),
    "worker": Part(
        tells=_OF_WORKERS,
        consumes=frozenset(queue.name for queue in COMMAND_QUEUES),
        listens=(extractions.ExtractionCancelled,),
    ),
}


@dataclass(frozen=True)
class Installed:
    """A virtual host with the topology and the users."""

    vhost: str
    port: int

    @asynccontextmanager
    async def channel(self, user: str) -> AsyncIterator[AbstractChannel]:
        """A channel of one user; a refusal closes it, and is not the connection's end."""
        connection = await aio_pika.connect(
            host="127.0.0.1",
            port=self.port,
            login=f"{user}-{self.vhost}",
            password=PASSWORD,
            virtualhost=self.vhost,
        )
        async with connection:
            yield await connection.channel(on_return_raises=True)


@pytest.fixture
def installed(rabbitmq: RabbitMQ, rabbitmq_url: str) -> Iterator[Installed]:
    """The definitions of one host, in a virtual host of the test's own."""
    vhost = urlsplit(rabbitmq_url).path[1:]
    definitions: dict[str, Any] = json.loads((DEPLOY / "rabbitmq" / "definitions.json").read_text())
    for user in definitions["users"]:
        user["name"] += f"-{vhost}"
        user["password"] = PASSWORD
    for permission in definitions["permissions"] + definitions["topic_permissions"]:
        permission["user"] += f"-{vhost}"
        permission["vhost"] = vhost
    definitions["vhosts"] = [{"name": vhost}]
    rabbitmq.request("POST", "definitions", definitions)
    yield Installed(vhost, rabbitmq.port)
    for user in definitions["users"]:
        rabbitmq.request("DELETE", f"users/{user['name']}")


@pytest.fixture
async def declared(installed: Installed) -> Installed:
    """With exchanges and queues, which the administrator's user declares."""
    async with installed.channel("admin") as channel:
        await declare_topology(channel, [DELAY])
    return installed


async def is_allowed(installed: Installed, user: str, action: Any) -> bool:
    """Whether RabbitMQ lets a user do something on a channel."""
    async with installed.channel(user) as channel:
        try:
            await action(channel)
        except ChannelAccessRefused:
            return False
    return True


async def drop(_message: AbstractIncomingMessage) -> None:
    """Take a message and do nothing."""


def publish(exchange: str, routing_key: str) -> Any:
    async def action(channel: AbstractChannel) -> None:
        target = await channel.get_exchange(exchange, ensure=False)
        message = aio_pika.Message(b"{}", expiration=1)
        await target.publish(message, routing_key, mandatory=False)

    return action


def consume(queue: str) -> Any:
    async def action(channel: AbstractChannel) -> None:
        target = await channel.get_queue(queue, ensure=False)
        await target.consume(drop)

    return action


def listen(message: type[Message]) -> Any:
    async def action(channel: AbstractChannel) -> None:
        queue = await channel.declare_queue(exclusive=True, auto_delete=True)
        await queue.bind(Exchange.EVENTS, routing_key_of(message))
        await queue.consume(drop, no_ack=True)

    return action


def exchange_of(message: type[Message]) -> str:
    return Exchange.COMMANDS if message in _COMMANDS else Exchange.EVENTS


@pytest.mark.parametrize("user", PARTS)
async def test_broker_user_publishes_its_own_messages_only(declared: Installed, user: str) -> None:
    for message in MESSAGES:
        action = publish(exchange_of(message), routing_key_of(message))
        allowed = await is_allowed(declared, user, action)
        assert allowed is (message in PARTS[user].tells), routing_key_of(message)


@pytest.mark.parametrize("user", PARTS)
async def test_broker_user_consumes_its_own_queues_only(declared: Installed, user: str) -> None:
    for queue in QUEUES:
        allowed = await is_allowed(declared, user, consume(queue))
        assert allowed is (queue in PARTS[user].consumes), queue


@pytest.mark.parametrize("user", PARTS)
async def test_broker_user_subscribes_to_its_own_events_only(
    declared: Installed, user: str
) -> None:
    events = [message for message in MESSAGES if message not in _COMMANDS]
    for message in events:
        allowed = await is_allowed(declared, user, listen(message))
        assert allowed is (message in PARTS[user].listens), routing_key_of(message)


@pytest.mark.parametrize("user", PARTS)
async def test_broker_user_publishes_to_retries_and_graveyard_as_it_consumes(
    declared: Installed, user: str
) -> None:
    part = PARTS[user]
    consumes = bool(part.consumes)
    wanted = {retry_exchange(DELAY): consumes, DEAD_EXCHANGE: consumes or part.has_outbox}
    for exchange, allowed in wanted.items():
        action = publish(exchange, DeadKey.GRAVEYARD)
        assert await is_allowed(declared, user, action) is allowed, exchange


@pytest.mark.parametrize("user", PARTS)
async def test_broker_user_sees_the_depth_of_its_own_queues(declared: Installed, user: str) -> None:
    part = PARTS[user]
    async with declared.channel(user) as channel:
        for queue in part.consumes:
            found = await channel.declare_queue(queue, passive=True)
            assert found.declaration_result.message_count == 0


@pytest.mark.parametrize("user", PARTS)
async def test_broker_user_declares_nothing(declared: Installed, user: str) -> None:
    async def queue(channel: AbstractChannel) -> None:
        await channel.declare_queue("mine", durable=True)

    async def exchange(channel: AbstractChannel) -> None:
        await channel.declare_exchange("mine")

    assert not await is_allowed(declared, user, queue)
    assert not await is_allowed(declared, user, exchange)
    assert not await is_allowed(declared, user, publish("", NOTIFY_EVENTS.name))
