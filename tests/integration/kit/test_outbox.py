"""What is in the outbox is published: at least once, whatever breaks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import uuid4

import aio_pika
import pytest
from fixtures.deadlines import eventually
from fotograma_contracts.topology import NOTIFY_EVENTS
from fotograma_contracts.users import Locale, UserRegistered
from fotograma_kit.broker import Broker
from fotograma_kit.database import Database, DatabaseUnavailable, Wakeup, named_metadata
from fotograma_kit.inbox import InboxMixin, is_first_delivery
from fotograma_kit.outbox import CHANNEL, Outbox, OutboxMixin, Relay
from fotograma_kit.settings import BrokerSettings, DatabaseSettings
from pydantic import SecretStr
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    metadata = named_metadata()


class OutboxMessage(OutboxMixin, Base):
    pass


class InboxMessage(InboxMixin, Base):
    pass


@pytest.fixture
async def database_settings(database_url: str) -> DatabaseSettings:
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()
    return DatabaseSettings(database_url=SecretStr(database_url))


@pytest.fixture
async def database(database_settings: DatabaseSettings) -> AsyncIterator[Database]:
    database = Database(database_settings)
    yield database
    await database.close()


@pytest.fixture
async def broker(rabbitmq_url: str) -> AsyncIterator[Broker]:
    settings = BrokerSettings(rabbitmq_url=SecretStr(rabbitmq_url))
    async with Broker(settings, "test") as broker:
        await broker.ping()
        yield broker


def registered(revision: int = 1) -> UserRegistered:
    """An event of one queue only."""
    return UserRegistered(
        user_id=uuid4(), revision=revision, email="a@example.com", locale=Locale.ENGLISH
    )


class Relaying:
    """A relay that runs while the block does."""

    def __init__(self, database: Database, settings: DatabaseSettings, broker: Broker) -> None:
        wakeup = Wakeup(settings, CHANNEL)
        self._runs = (wakeup.run, Relay(OutboxMessage, database, broker, wakeup).run)

    async def __aenter__(self) -> None:
        self._tasks = [asyncio.create_task(run()) for run in self._runs]

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task


async def add(database: Database, number: int = 1) -> list[UserRegistered]:
    events = [registered(i) for i in range(number)]
    async with database.transaction() as session:
        await Outbox(OutboxMessage).add(session, *events)
    return events


async def left(database: Database) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(OutboxMessage)) or 0


async def received(broker: Broker) -> list[UserRegistered]:
    connection = await aio_pika.connect(broker.settings.rabbitmq_url.get_secret_value())
    async with connection:
        channel = await connection.channel()
        queue = await channel.get_queue(NOTIFY_EVENTS.name, ensure=False)
        found = []
        while (message := await queue.get(no_ack=True, fail=False)) is not None:
            found.append(UserRegistered.model_validate_json(message.body))
        return found


async def test_committed_messages_are_published_and_forgotten(
    database: Database, database_settings: DatabaseSettings, broker: Broker
) -> None:
    async with Relaying(database, database_settings, broker):
        sent = await add(database, 250)  # more than one batch

        async def empty() -> bool:
            return await left(database) == 0

        await eventually(empty)
    assert sorted(e.id for e in await received(broker)) == sorted(e.id for e in sent)


async def test_what_is_rolled_back_was_never_said(
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


async def test_several_relays_publish_each_message_once(
    database: Database, database_settings: DatabaseSettings, broker: Broker
) -> None:
    sent = await add(database, 120)
    relays = [Relaying(database, database_settings, broker) for _ in range(3)]
    async with relays[0], relays[1], relays[2]:

        async def empty() -> bool:
            return await left(database) == 0

        await eventually(empty)
    assert sorted(e.id for e in await received(broker)) == sorted(e.id for e in sent)


async def test_an_unroutable_message_waits_and_holds_up_nobody(
    database: Database, database_settings: DatabaseSettings, broker: Broker
) -> None:
    connection = await aio_pika.connect(broker.settings.rabbitmq_url.get_secret_value())
    async with connection:
        channel = await connection.channel()
        await channel.queue_delete(NOTIFY_EVENTS.name)
        (sent,) = await add(database)
        async with Relaying(database, database_settings, broker):
            await asyncio.sleep(0.3)
            assert await left(database) == 1
            async with Broker(broker.settings, "declares the queue again") as other:
                await other.ping()

            async def empty() -> bool:
                return await left(database) == 0

            await eventually(empty)
    assert await received(broker) == [sent]


async def test_the_inbox_knows_what_it_has_seen(database: Database) -> None:
    message_id = uuid4()

    async def deliver() -> bool:
        async with database.transaction() as session:
            return await is_first_delivery(session, InboxMessage, message_id)

    assert sorted(await asyncio.gather(*(deliver() for _ in range(5)))) == [False] * 4 + [True]


async def test_a_database_that_is_not_there_is_a_named_error() -> None:
    url = SecretStr("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    database = Database(DatabaseSettings(database_url=url, database_connect_seconds=0.5))
    with pytest.raises(DatabaseUnavailable):
        await database.ping()
    await database.close()


async def test_a_connection_lost_in_a_transaction_is_a_named_error(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with database.transaction() as session:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert await database.ping() == "ok"
