"""What is in the outbox is published: at least once, whatever breaks."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import aio_pika
import pytest
from fixtures.deadlines import eventually
from fixtures.outbox import (
    InboxMessage,
    OutboxMessage,
    Relaying,
    add,
    left,
    received,
    registered,
)
from fotograma_contracts.topology import NOTIFY_EVENTS
from fotograma_kit.broker import Broker
from fotograma_kit.causes import Cause
from fotograma_kit.database import Database, DatabaseUnavailable
from fotograma_kit.inbox import is_first_delivery
from fotograma_kit.outbox import Outbox
from fotograma_kit.settings import BrokerSettings, DatabaseSettings
from pydantic import SecretStr
from sqlalchemy import text


@pytest.fixture
async def broker(rabbitmq_url: str) -> AsyncIterator[Broker]:
    settings = BrokerSettings(rabbitmq_url=SecretStr(rabbitmq_url))
    async with Broker(settings, "test") as broker:
        await broker.ping()
        yield broker


async def test_relay_publishes_committed_messages_and_deletes_them(
    database: Database, database_settings: DatabaseSettings, broker: Broker
) -> None:
    async with Relaying(database, database_settings, broker):
        sent = await add(database, 250)  # more than one batch

        async def empty() -> bool:
            return await left(database) == 0

        await eventually(empty)
    assert sorted(e.id for e in await received(broker)) == sorted(e.id for e in sent)


async def test_outbox_keeps_no_message_of_a_transaction_that_is_rolled_back(
    database: Database, database_settings: DatabaseSettings, broker: Broker
) -> None:
    async def change_of_mind() -> None:
        async with database.transaction() as session:
            await Outbox(OutboxMessage).add(session, registered())
            raise KeyError

    with pytest.raises(KeyError):
        await change_of_mind()
    (said,) = await add(database)
    async with Relaying(database, database_settings, broker):
        assert await eventually(lambda: received(broker)) == [said]


async def test_message_keeps_the_request_id_of_its_transaction(
    database: Database, database_settings: DatabaseSettings, broker: Broker
) -> None:
    sent = registered()
    async with database.transaction() as session:
        with Cause("a.request-1").logged():
            await Outbox(OutboxMessage).add(session, sent)
        await Outbox(OutboxMessage).add(session, registered(), cause=Cause("another"))
    connection = await aio_pika.connect(broker.settings.rabbitmq_url.get_secret_value())
    async with connection, Relaying(database, database_settings, broker):
        queue = await (await connection.channel()).get_queue(NOTIFY_EVENTS.name, ensure=False)
        messages = [await eventually(lambda: queue.get(no_ack=True, fail=False)) for _ in range(2)]
    assert {message.correlation_id for message in messages} == {"a.request-1", "another"}


async def test_relays_together_publish_each_message_once(
    database: Database, database_settings: DatabaseSettings, broker: Broker
) -> None:
    sent = await add(database, 120)
    relays = [Relaying(database, database_settings, broker) for _ in range(3)]
    async with relays[0], relays[1], relays[2]:

        async def empty() -> bool:
            return await left(database) == 0

        await eventually(empty)
    assert sorted(e.id for e in await received(broker)) == sorted(e.id for e in sent)


async def test_inbox_tells_a_first_delivery_from_a_second(database: Database) -> None:
    message_id = uuid4()

    async def deliver() -> bool:
        async with database.transaction() as session:
            return await is_first_delivery(session, InboxMessage, message_id)

    assert sorted(await asyncio.gather(*(deliver() for _ in range(5)))) == [False] * 4 + [True]


async def test_transaction_raises_database_unavailable_without_a_database() -> None:
    url = SecretStr("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    database = Database(DatabaseSettings(database_url=url, database_connect_seconds=0.5))
    with pytest.raises(DatabaseUnavailable):
        await database.ping()
    await database.close()


async def test_transaction_raises_database_unavailable_when_its_connection_is_lost(
    database: Database,
) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with database.transaction() as session:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert await database.ping() == "ok"
