"""One row that cannot be sent holds up no other, and is not lost."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from fixtures.deadlines import eventually
from fixtures.outbox import OutboxMessage, Relaying, add, left, received, registered
from fixtures.servers import fresh_name
from fotograma_contracts.topology import NOTIFY_EVENTS
from fotograma_kit.broker import (
    Broker,
    BrokerUnavailable,
    DeadLetter,
    Graveyard,
    MessageRefused,
    Publication,
    Route,
)
from fotograma_kit.database import Database
from fotograma_kit.settings import BrokerSettings, DatabaseSettings
from fotograma_local.rabbitmq import RabbitMQ
from pydantic import SecretStr
from sqlalchemy import insert, select, update

HUNDRED = 100
MIDDLE = 50
PASSWORD = fresh_name("secret")
AS_AUTH = r"^fotograma\.(events|graveyard)$"


class Service:
    """A user of the broker who declares nothing, and publishes where it is allowed to."""

    def __init__(self, rabbitmq: RabbitMQ, admin_url: str) -> None:
        self._rabbitmq = rabbitmq
        self._vhost = urlsplit(admin_url).path[1:]
        self.name = f"service-{self._vhost}"
        self.admin = BrokerSettings(rabbitmq_url=SecretStr(admin_url))
        host = urlsplit(admin_url).netloc.rpartition("@")[2]
        url = f"amqp://{self.name}:{PASSWORD}@{host}/{self._vhost}"
        self.settings = BrokerSettings(rabbitmq_url=SecretStr(url), rabbitmq_declare=False)
        rabbitmq.request("PUT", f"users/{self.name}", {"password": PASSWORD, "tags": ""})
        self.may_write(AS_AUTH)

    def may_write(self, exchanges: str) -> None:
        permissions = {"configure": "^$", "write": exchanges, "read": "^$"}
        path = f"permissions/{quote(self._vhost, safe='')}/{self.name}"
        self._rabbitmq.request("PUT", path, permissions)

    def let_be_full_of(self, messages: int) -> None:
        """`notify.events` takes no more, and says so to publishers."""
        definition = {"max-length": messages, "overflow": "reject-publish"}
        path = f"policies/{quote(self._vhost, safe='')}/full"
        body = {"pattern": f"^{NOTIFY_EVENTS.name}$", "definition": definition}
        self._rabbitmq.request("PUT", path, body)

    def go(self) -> None:
        self._rabbitmq.request("DELETE", f"users/{self.name}")


@pytest.fixture
def service(rabbitmq: RabbitMQ, rabbitmq_url: str) -> Iterator[Service]:
    service = Service(rabbitmq, rabbitmq_url)
    yield service
    service.go()


@pytest.fixture
async def broker(service: Service) -> AsyncIterator[Broker]:
    async with Broker(service.admin, "declares everything") as admin:
        await admin.ping()
    async with Broker(service.settings, "test") as broker:
        yield broker


@asynccontextmanager
async def administrating(service: Service) -> AsyncIterator[AbstractChannel]:
    connection = await aio_pika.connect(service.admin.rabbitmq_url.get_secret_value())
    async with connection:
        yield await connection.channel()


async def store(database: Database, **row: Any) -> str:
    """A row as some other release wrote it; returns its message's id."""
    identity = str(uuid4())
    values = {"body": f'{{"id": "{identity}", "strange": true}}', **row}
    async with database.transaction() as session:
        await session.execute(insert(OutboxMessage).values(**values))
    return identity


async def rows(database: Database) -> list[OutboxMessage]:
    async with database.transaction() as session:
        return list(await session.scalars(select(OutboxMessage)))


async def dead(service: Service) -> list[DeadLetter]:
    return await Graveyard(service.admin).look(HUNDRED)


KNOWN = "user.registered"
EVENTS = "fotograma.events"
FOREIGN = {
    "a routing key of another release": (
        {"routing_key": "user.abducted"},
        "no exchange is known for 'user.abducted'",
    ),
    "that nobody hears": (
        {"routing_key": "user.abducted", "exchange": EVENTS},
        "no queue takes 'user.abducted'",
    ),
    "an exchange that is none": (
        {"routing_key": KNOWN, "exchange": "fotograma.gone"},
        "ACCESS_REFUSED",  # RabbitMQ looks at the permission first
    ),
    "an exchange it may not use": (
        {"routing_key": "segment.extract", "exchange": "fotograma.commands"},
        "ACCESS_REFUSED",
    ),
    "a name that AMQP cannot write": (
        {"routing_key": KNOWN, "exchange": "x" * 300},
        "AMQP cannot express it",
    ),
}


@pytest.mark.middle
@pytest.mark.parametrize("kind", FOREIGN)
async def test_relay_buries_an_unknown_row_and_publishes_the_others(
    kind: str,
    database: Database,
    database_settings: DatabaseSettings,
    broker: Broker,
    service: Service,
) -> None:
    row, reason = FOREIGN[kind]
    sent = await add(database, MIDDLE)
    foreign = await store(database, **row)
    sent += await add(database, HUNDRED - 1 - MIDDLE)
    async with Relaying(database, database_settings, broker) as relaying:

        async def empty() -> bool:
            return await left(database) == 0

        await eventually(empty)
        assert relaying.run_on
    assert {event.id for event in await heard(service)} == {event.id for event in sent}
    (letter,) = await dead(service)
    assert letter.message_id == foreign
    assert letter.routing_key == row["routing_key"]
    assert letter.origin == "outbox.test"
    assert reason in (letter.reason or "")
    assert foreign.encode() in letter.body


async def heard(service: Service) -> Any:
    async with Broker(service.admin, "hears") as admin:
        return await received(admin)


async def test_relay_buries_a_row_whose_exchange_does_not_exist(
    database: Database, database_settings: DatabaseSettings, broker: Broker, service: Service
) -> None:
    service.may_write(".*")
    await store(database, routing_key=KNOWN, exchange="fotograma.gone")
    sent = await add(database)
    async with Relaying(database, database_settings, broker):

        async def buried() -> list[DeadLetter]:
            return await dead(service)

        (letter,) = await eventually(buried)
    assert "NOT_FOUND" in (letter.reason or "")
    assert await heard(service) == sent


async def test_relay_marks_a_row_that_no_exchange_takes_and_tries_again_later(
    database: Database, database_settings: DatabaseSettings, broker: Broker, service: Service
) -> None:
    service.may_write(r"^fotograma\.events$")
    foreign = await store(database, routing_key="user.abducted", exchange=EVENTS)
    sent = await add(database, HUNDRED - 1)
    async with Relaying(database, database_settings, broker) as relaying:

        async def passed_over() -> bool:
            return await left(database) == 1 and (await rows(database))[0].refused_tries == 1

        await eventually(passed_over)
        (marked,) = await rows(database)
        assert marked.refused_at is not None
        assert "no queue takes 'user.abducted'; ACCESS_REFUSED" in (marked.refused_reason or "")
        later = await add(database)  # what comes after it does not wait for it

        async def only_it_is_left() -> bool:
            return await left(database) == 1

        await eventually(only_it_is_left)
        service.may_write(AS_AUTH)
        await be_due(database)

        async def empty() -> bool:
            return await left(database) == 0

        await eventually(empty)
        assert relaying.run_on
    assert {e.id for e in await heard(service)} == {e.id for e in (*sent, *later)}
    assert [letter.message_id for letter in await dead(service)] == [foreign]


async def be_due(database: Database) -> None:
    """Refused rows have waited long enough."""
    async with database.transaction() as session:
        await session.execute(update(OutboxMessage).values(refused_at=OutboxMessage.created_at))


async def test_relay_publishes_a_row_of_the_release_before_unchanged(
    database: Database, database_settings: DatabaseSettings, broker: Broker, service: Service
) -> None:
    event = registered()
    body = event.model_dump_json()
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await store(database, routing_key=KNOWN, body=body, traceparent=trace)
    async with Relaying(database, database_settings, broker), administrating(service) as channel:
        queue = await channel.get_queue(NOTIFY_EVENTS.name, ensure=False)
        message = await eventually(lambda: queue.get(no_ack=True, fail=False))
    assert message.body == body.encode()
    assert message.message_id == str(event.id)
    assert message.type == KNOWN
    assert message.content_type == "application/json"
    assert message.delivery_mode is aio_pika.DeliveryMode.PERSISTENT
    assert str(message.headers["traceparent"]).startswith(trace[:35])


async def test_relay_publishes_a_body_that_does_not_parse(
    database: Database, database_settings: DatabaseSettings, broker: Broker, service: Service
) -> None:
    await store(database, routing_key=KNOWN, body="[" * 200_000)
    async with Relaying(database, database_settings, broker), administrating(service) as channel:
        queue = await channel.get_queue(NOTIFY_EVENTS.name, ensure=False)
        message = await eventually(lambda: queue.get(no_ack=True, fail=False))
    assert message.body == b"[" * 200_000
    assert (message.message_id or "").startswith("outbox.test.")


async def publish_many(broker: Broker, number: int) -> None:
    for revision in range(number):
        await broker.publish(registered(revision))


async def test_relay_keeps_a_row_whose_queue_is_full(broker: Broker, service: Service) -> None:
    service.let_be_full_of(1)
    with pytest.raises(BrokerUnavailable) as full:
        await publish_many(broker, 1000)
    assert not isinstance(full.value, MessageRefused)  # so the relay keeps the row as it is


async def test_publish_is_not_refused_for_another_publishers_message(
    broker: Broker, service: Service
) -> None:
    events = [registered(i) for i in range(HUNDRED)]
    foreign = Publication(Route("fotograma.commands"), "segment.extract", b"{}", str(uuid4()))
    answers = await asyncio.gather(
        *(broker.publish(event) for event in events[:MIDDLE]),
        broker.publish_stored(foreign),
        *(broker.publish(event) for event in events[MIDDLE:]),
        return_exceptions=True,
    )
    refused = answers.pop(MIDDLE)
    assert isinstance(refused, MessageRefused)
    assert answers == [None] * HUNDRED
    assert {e.id for e in await heard(service)} == {e.id for e in events}
