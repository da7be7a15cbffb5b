"""A message is believed by the way it came and by who RabbitMQ says has sent it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from fixtures.broker_before import declare_shared_retries, retry_as_before
from fixtures.deadlines import eventually, until
from fotograma_contracts.base import Message
from fotograma_contracts.topology import NOTIFY_EVENTS, VIDEO_EVENTS, DeadKey, Service
from fotograma_contracts.users import Locale, UserDeleted, UserRegistered
from fotograma_kit.broker import Broker, Consumer, Done, Outcome
from fotograma_kit.broker.letters import DeadLetter
from fotograma_kit.broker.topology import retire_shared_retries
from fotograma_kit.settings import BrokerSettings
from fotograma_kit.tasks import running
from fotograma_local.rabbitmq import RabbitMQ
from pydantic import SecretStr

PASSWORD = "of-a-test"
DELAY = 0.3


@pytest.fixture
def settings(rabbitmq_url: str) -> BrokerSettings:
    """Of an administrator, as all processes of the embedded stack are."""
    return BrokerSettings(
        rabbitmq_url=SecretStr(rabbitmq_url), retry_delays_seconds=(DELAY,), drain_seconds=5
    )


@pytest.fixture
async def channel(settings: BrokerSettings) -> AsyncIterator[AbstractChannel]:
    async with Broker(settings, "declares") as broker:
        await broker.ping()
    async with await aio_pika.connect(settings.rabbitmq_url.get_secret_value()) as connection:
        yield await connection.channel()


class Handler:
    """Takes everything, and keeps it."""

    def __init__(self) -> None:
        self.taken: list[Message] = []

    async def __call__(self, message: Message) -> Outcome:
        self.taken.append(message)
        return Done()


@asynccontextmanager
async def consuming(settings: BrokerSettings) -> AsyncIterator[Handler]:
    """Both queues of events, with one handler."""
    handler = Handler()
    async with Broker(settings, "consumes") as broker:
        consumers = [
            Consumer(broker, queue, dict.fromkeys(queue.messages, handler), slots=4)
            for queue in (NOTIFY_EVENTS, VIDEO_EVENTS)
        ]
        async with running(*(consumer.run for consumer in consumers)):
            yield handler


@pytest.fixture
def users(rabbitmq: RabbitMQ, rabbitmq_url: str) -> dict[Service, str]:
    """URLs of users called like the services, who may do everything in the virtual host."""
    vhost = urlsplit(rabbitmq_url).path[1:]
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    urls = {}
    for user in Service:
        rabbitmq.request("PUT", f"users/{user}", {"password": PASSWORD, "tags": ""})
        rabbitmq.request("PUT", f"permissions/{vhost}/{user}", everything)
        urls[user] = f"amqp://{user}:{PASSWORD}@{rabbitmq.host}:{rabbitmq.port}/{vhost}"
    return urls


def registered() -> UserRegistered:
    return UserRegistered(user_id=uuid4(), revision=1, email="a@b.example", locale=Locale.ENGLISH)


async def buried(channel: AbstractChannel) -> DeadLetter:
    """What lies in the graveyard."""
    queue = await channel.get_queue(DeadKey.GRAVEYARD, ensure=False)
    message = await eventually(lambda: queue.get(fail=False, no_ack=True))
    return DeadLetter.of(message)


async def forge(channel: AbstractChannel, message: Message, routing_key: str) -> None:
    """Publish a message under another's routing key."""
    exchange = await channel.get_exchange(message.exchange, ensure=False)
    body = message.model_dump_json().encode()
    await exchange.publish(aio_pika.Message(body, type=message.routing_key), routing_key)


async def test_message_that_came_by_another_key_is_not_believed(
    settings: BrokerSettings, channel: AbstractChannel
) -> None:
    """The key is what permissions are about; the type is what the sender says."""
    deleted = UserDeleted(user_id=uuid4(), revision=2)
    async with consuming(settings) as handler:
        await forge(channel, deleted, "segment.extracted")
        letter = await buried(channel)
    assert handler.taken == []
    assert (letter.routing_key, letter.origin) == ("user.deleted", VIDEO_EVENTS.name)
    assert letter.reason == "it says it is 'user.deleted', and came as 'segment.extracted'"


@pytest.mark.parametrize("sender", [Service.WORKER, Service.NOTIFY, Service.VIDEO])
async def test_message_of_a_service_that_may_not_tell_it_is_not_believed(
    settings: BrokerSettings,
    channel: AbstractChannel,
    users: dict[Service, str],
    sender: Service,
) -> None:
    forged = registered()
    other = settings.model_copy(update={"rabbitmq_url": SecretStr(users[sender])})
    async with consuming(settings) as handler, Broker(other, "forges") as forger:
        await forger.publish(forged)
        if sender is NOTIFY_EVENTS.consumer:  # it may publish its own queue's messages again
            await until(lambda: handler.taken == [forged])
            return
        letter = await buried(channel)
    assert handler.taken == []
    assert letter.reason == f"{sender.value!r} may not tell 'user.registered'"


async def test_message_of_its_service_or_of_an_administrator_is_believed(
    settings: BrokerSettings, channel: AbstractChannel, users: dict[Service, str]
) -> None:
    strict = settings.model_copy(update={"rabbitmq_sender_required": True})
    own = settings.model_copy(update={"rabbitmq_url": SecretStr(users[Service.AUTH])})
    async with (
        consuming(strict) as handler,
        Broker(own, "tells") as auth,
        Broker(settings, "replays") as administrator,
    ):
        sent = [registered(), registered()]
        await auth.publish(sent[0])
        await administrator.publish(sent[1])
        await until(lambda: len(handler.taken) == 2)


@pytest.mark.parametrize("is_required", [False, True])
async def test_message_without_a_sender_is_taken_unless_one_is_required(
    settings: BrokerSettings, channel: AbstractChannel, *, is_required: bool
) -> None:
    sent = registered()
    asked = settings.model_copy(update={"rabbitmq_sender_required": is_required})
    async with consuming(asked) as handler:
        await forge(channel, sent, sent.routing_key)
        if is_required:
            assert (await buried(channel)).reason == "it does not say who sent it"
        else:
            await until(lambda: handler.taken == [sent])


async def test_what_the_release_before_retries_comes_back_also_while_that_is_retired(
    settings: BrokerSettings, channel: AbstractChannel
) -> None:
    await declare_shared_retries(channel, DELAY)
    sent = [registered(), registered()]
    async with consuming(settings) as handler:
        await retry_as_before(channel, sent[0], NOTIFY_EVENTS.name, DELAY)
        await until(lambda: handler.taken == sent[:1])
        await retry_as_before(channel, sent[1], NOTIFY_EVENTS.name, DELAY)
        await retire_shared_retries(channel, [DELAY])
        await retire_shared_retries(channel, [DELAY])
        await until(lambda: handler.taken == sent)
