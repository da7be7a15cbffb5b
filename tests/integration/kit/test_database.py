"""Connections are lost: what a transaction then does again, and what it never does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from urllib.parse import urlsplit

import asyncpg
import pytest
from fixtures.deadlines import eventually
from fixtures.tcp_relay import Relay, tcp_relay
from fotograma_kit import telemetry
from fotograma_kit.database import Database, DatabaseUnavailable
from fotograma_kit.settings import DatabaseSettings
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

CONNECTIONS = 3
INSERT = text("INSERT INTO notes VALUES (:note)")
SLOW_COMMIT = """
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
 'BEGIN PERFORM pg_sleep(20); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED
 FOR EACH ROW EXECUTE FUNCTION wait();
"""


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of its own beside the pool, to a database with one table."""
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""), timeout=10)
    await connection.execute("CREATE TABLE notes (note text PRIMARY KEY)")
    yield connection
    await connection.close()


@pytest.fixture
async def relay(database_url: str) -> AsyncIterator[Relay]:
    """What the pool's connections go through."""
    async with tcp_relay(urlsplit(database_url).port or 5432) as relay:
        yield relay


@pytest.fixture
async def database(
    database_url: str, relay: Relay, owner: asyncpg.Connection
) -> AsyncIterator[Database]:
    """A pool of three, which it has."""
    settings = DatabaseSettings(
        database_url=SecretStr(relay.url(database_url)),
        database_pool_size=CONNECTIONS,
        database_connect_seconds=2,
    )
    database = Database(settings)
    await at_once(database)
    yield database
    await database.close()


async def at_once(database: Database) -> None:
    """Use all of the pool's connections."""
    async with AsyncExitStack() as open_:
        for _ in range(CONNECTIONS):
            session = await open_.enter_async_context(database.transaction())
            await session.execute(text("SELECT 1"))


async def kill_all(owner: asyncpg.Connection) -> None:
    """End the server's side of every connection but this one."""
    await owner.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


async def notes(owner: asyncpg.Connection) -> list[str]:
    return [row["note"] for row in await owner.fetch("SELECT note FROM notes ORDER BY note")]


async def note(session: AsyncSession, what: str) -> None:
    await session.execute(INSERT, {"note": what})


async def test_transaction_takes_a_round_trip_for_each_statement_and_two_more(
    database: Database, relay: Relay
) -> None:
    for _ in range(CONNECTIONS + 1):  # each prepares a statement when it comes first
        before = relay.round_trips
        async with database.transaction() as session:
            for number in (1, 2):
                await session.execute(text(f"SELECT {number}"))
    assert relay.round_trips - before == 4


async def test_connections_are_kept(database: Database, relay: Relay) -> None:
    for _ in range(5):
        await at_once(database)
    assert relay.connections == CONNECTIONS


async def test_transaction_begins_anew_when_the_server_was_killed_before(
    database: Database, owner: asyncpg.Connection, relay: Relay
) -> None:
    await kill_all(owner)
    async with database.transaction() as session:
        await note(session, "after")
    assert await notes(owner) == ["after"]
    await at_once(database)
    assert relay.connections == 2 * CONNECTIONS, "all that were as old are replaced"


async def test_transaction_begins_anew_where_the_connection_is_silent(
    database: Database, owner: asyncpg.Connection, relay: Relay
) -> None:
    relay.silence()
    async with asyncio.timeout(10), database.transaction() as session:
        await note(session, "after")
    assert await notes(owner) == ["after"]
    relay.close()  # or the pool would wait for its silent ones


async def test_nothing_is_sent_again_when_the_server_is_killed_between_statements(
    database: Database, owner: asyncpg.Connection
) -> None:
    tried = 0

    async def store() -> None:
        nonlocal tried
        async with database.transaction() as session:
            tried += 1
            await note(session, "first")
            await kill_all(owner)
            await note(session, "second")

    with pytest.raises(DatabaseUnavailable) as unavailable:
        await store()
    assert (tried, unavailable.value.detail) == (1, None)
    assert await notes(owner) == []
    await at_once(database)


async def test_commit_is_never_sent_again_and_its_outcome_is_said_to_be_unknown(
    database: Database, owner: asyncpg.Connection
) -> None:
    await owner.execute(SLOW_COMMIT)

    async def commits() -> bool:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        return bool(await owner.fetchval(query))

    async def store() -> None:
        async with database.transaction() as session:
            await note(session, "once")

    storing = asyncio.create_task(store())
    await eventually(commits)
    await kill_all(owner)
    with pytest.raises(DatabaseUnavailable) as unavailable:
        await storing
    assert "look whether it was" in str(unavailable.value.detail)
    assert await notes(owner) == []
    assert not await commits()
    await at_once(database)


async def test_pool_leaves_a_server_that_has_become_a_replica(
    database: Database, owner: asyncpg.Connection, relay: Relay
) -> None:
    async with AsyncExitStack() as open_:
        for _ in range(CONNECTIONS):
            session = await open_.enter_async_context(database.transaction())
            await session.execute(text("SET SESSION default_transaction_read_only = on"))
    with pytest.raises(DatabaseUnavailable):
        async with database.transaction() as session:
            await note(session, "on a replica")
    async with AsyncExitStack() as open_:
        for number in range(CONNECTIONS):
            session = await open_.enter_async_context(database.transaction())
            await note(session, str(number))
    assert await notes(owner) == ["0", "1", "2"]
    assert relay.connections == 2 * CONNECTIONS


async def test_database_that_takes_nobody_is_unavailable(
    database: Database, owner: asyncpg.Connection, relay: Relay
) -> None:
    name = await owner.fetchval("SELECT current_database()")
    await owner.execute(f'ALTER DATABASE "{name}" WITH CONNECTION LIMIT 0')
    await kill_all(owner)
    before = relay.connections
    with pytest.raises(DatabaseUnavailable):
        async with database.transaction() as session:
            await note(session, "nowhere")
    assert relay.connections - before == 1


async def test_violated_constraint_is_no_lost_connection(database: Database, relay: Relay) -> None:
    async with database.transaction() as session:
        await note(session, "once")
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await note(session, "once")
    await at_once(database)
    assert relay.connections == CONNECTIONS


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT 1", StatusCode.UNSET),
        ("SELECT no_such_column", StatusCode.UNSET),  # a defect of ours, which its request tells
        ("SELECT pg_terminate_backend(pg_backend_pid())", StatusCode.ERROR),
    ],
)
async def test_transaction_is_a_span_below_another(
    database: Database, monkeypatch: pytest.MonkeyPatch, statement: str, code: StatusCode
) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "tracer", provider.get_tracer("test"))
    await database.ping()  # as probes and polls do: no trace
    with telemetry.span("a request", SpanKind.SERVER), suppress(DatabaseUnavailable, DBAPIError):
        async with database.transaction() as session:
            await session.execute(text(statement))
    transaction, request = exporter.get_finished_spans()
    assert (transaction.kind, transaction.parent) == (SpanKind.CLIENT, request.context)
    assert transaction.status.status_code is code
    attributes = transaction.attributes or {}
    assert attributes["db.system.name"] == "postgresql"
    assert transaction.name.removeprefix("transaction ") == attributes["db.namespace"]
