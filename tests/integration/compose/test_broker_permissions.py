"""Each service's RabbitMQ user may do what the service does, and reaches no other queue."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aiormq.exceptions import ChannelAccessRefused
from fixtures.broker_before import declare_shared_retries
from fixtures.broker_reach import Topology
from fixtures.broker_users import BrokerUsers
from fixtures.compose import DEPLOY
from fotograma_contracts import extractions, users, videos
from fotograma_contracts.base import Exchange, Message
from fotograma_contracts.topology import (
    COMMAND_QUEUES,
    CONSUMED_QUEUES,
    DEAD_COMMANDS,
    DEAD_EXCHANGE,
    GRAVEYARD_EXCHANGE,
    MESSAGES,
    NOTIFY_EVENTS,
    VIDEO_EVENTS,
    WORK_QUEUES,
    DeadKey,
    routing_key_of,
    teller_of,
)
from fotograma_kit.broker.retries import retry_queue
from fotograma_kit.broker.topology import declare_topology, retire_shared_retries
from fotograma_local.rabbitmq import RabbitMQ

pytestmark = pytest.mark.middle

DEFINITIONS = DEPLOY / "rabbitmq" / "definitions.json"
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
    reaches: frozenset[str] = frozenset()
    """The queues that what it publishes may get to, dead-lettered or not."""


_COMMAND_NAMES = frozenset(queue.name for queue in COMMAND_QUEUES)
_EVENT_NAMES = frozenset({VIDEO_EVENTS.name, NOTIFY_EVENTS.name})
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
    "auth": Part(tells=_OF_USERS, reaches=_EVENT_NAMES | {DeadKey.GRAVEYARD}),
    "video": Part(
        tells=(*_OF_VIDEOS, *_COMMANDS, extractions.ExtractionCancelled),
        consumes=frozenset({VIDEO_EVENTS.name, DEAD_COMMANDS.name}),
        listens=(extractions.SegmentProgressed,),
        reaches=_COMMAND_NAMES | _EVENT_NAMES | set(DeadKey),
    ),
    "notify": Part(
        consumes=frozenset({NOTIFY_EVENTS.name}),
        reaches=frozenset({NOTIFY_EVENTS.name, DeadKey.GRAVEYARD}),
    ),
    "worker": Part(
        tells=_OF_WORKERS,
        consumes=_COMMAND_NAMES,
        listens=(extractions.ExtractionCancelled,),
        reaches=_COMMAND_NAMES | {VIDEO_EVENTS.name} | set(DeadKey),
    ),
}


@pytest.fixture
def installed(rabbitmq: RabbitMQ, rabbitmq_url: str) -> Iterator[BrokerUsers]:
    """The definitions of one host, in a virtual host of the test's own."""
    vhost = urlsplit(rabbitmq_url).path[1:]
    with BrokerUsers.made(rabbitmq, vhost, json.loads(DEFINITIONS.read_text())) as users:
        yield users


@pytest.fixture
async def declared(installed: BrokerUsers) -> BrokerUsers:
    """With exchanges and queues, which the administrator's user declares."""
    async with installed.channel("admin") as channel:
        await declare_topology(channel, [DELAY])
    return installed


async def is_allowed(installed: BrokerUsers, user: str, action: Any) -> bool:
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
async def test_broker_user_publishes_its_own_messages_only(
    declared: BrokerUsers, user: str
) -> None:
    for message in MESSAGES:
        action = publish(exchange_of(message), routing_key_of(message))
        allowed = await is_allowed(declared, user, action)
        assert allowed is (message in PARTS[user].tells), routing_key_of(message)


@pytest.mark.parametrize("user", PARTS)
async def test_broker_user_consumes_its_own_queues_only(declared: BrokerUsers, user: str) -> None:
    for queue in QUEUES:
        allowed = await is_allowed(declared, user, consume(queue))
        assert allowed is (queue in PARTS[user].consumes), queue


@pytest.mark.parametrize("user", PARTS)
async def test_broker_user_subscribes_to_its_own_events_only(
    declared: BrokerUsers, user: str
) -> None:
    events = [message for message in MESSAGES if message not in _COMMANDS]
    for message in events:
        allowed = await is_allowed(declared, user, listen(message))
        assert allowed is (message in PARTS[user].listens), routing_key_of(message)


@pytest.mark.parametrize("user", PARTS)
async def test_broker_user_retries_and_gives_up_its_own_messages_only(
    declared: BrokerUsers, user: str
) -> None:
    part = PARTS[user]
    wanted = {queue.retry_exchange: queue.name in part.consumes for queue in CONSUMED_QUEUES}
    gives_up_commands = bool(part.consumes & _COMMAND_NAMES)
    wanted |= {GRAVEYARD_EXCHANGE: True, DEAD_EXCHANGE: gives_up_commands}
    for exchange, allowed in wanted.items():
        action = publish(exchange, DeadKey.GRAVEYARD)
        assert await is_allowed(declared, user, action) is allowed, exchange


def reached(rabbitmq: RabbitMQ, installed: BrokerUsers, user: str) -> set[str]:
    """The work and dead-letter queues that the user reaches, and those its retries wait in."""
    topology = Topology.of(rabbitmq.request("GET", f"definitions/{installed.vhost}"))
    permissions = json.loads(DEFINITIONS.read_text())
    return topology.reached(permissions, user)


@pytest.mark.parametrize("user", PARTS)
async def test_broker_user_reaches_the_queues_of_its_messages_only(
    declared: BrokerUsers, rabbitmq: RabbitMQ, user: str
) -> None:
    part = PARTS[user]
    own_retries = {retry_queue(queue, DELAY) for queue in part.consumes}
    assert reached(rabbitmq, declared, user) == part.reaches | own_retries


@pytest.mark.parametrize("user", ["notify", "worker"])
async def test_retries_of_the_release_before_reach_every_queue_until_they_are_retired(
    declared: BrokerUsers, rabbitmq: RabbitMQ, user: str
) -> None:
    async with declared.channel("admin") as channel:
        await declare_shared_retries(channel, DELAY)
        assert reached(rabbitmq, declared, user) > QUEUES
    async with declared.channel("video") as channel:
        await retire_shared_retries(channel, [DELAY])
    assert not reached(rabbitmq, declared, user) - PARTS[user].reaches & QUEUES


def test_every_message_is_told_by_the_service_whose_user_may() -> None:
    assert {routing_key_of(message): teller_of(message) for message in MESSAGES} == {
        routing_key_of(message): user for user, part in PARTS.items() for message in part.tells
    }


@pytest.mark.parametrize("user", PARTS)
async def test_broker_user_sees_the_depth_of_its_own_queues(
    declared: BrokerUsers, user: str
) -> None:
    part = PARTS[user]
    async with declared.channel(user) as channel:
        for queue in part.consumes:
            found = await channel.declare_queue(queue, passive=True)
            assert found.declaration_result.message_count == 0


@pytest.mark.parametrize("user", PARTS)
async def test_broker_user_declares_nothing(declared: BrokerUsers, user: str) -> None:
    async def queue(channel: AbstractChannel) -> None:
        await channel.declare_queue("mine", durable=True)

    async def exchange(channel: AbstractChannel) -> None:
        await channel.declare_exchange("mine")

    assert not await is_allowed(declared, user, queue)
    assert not await is_allowed(declared, user, exchange)
    assert not await is_allowed(declared, user, publish("", NOTIFY_EVENTS.name))
