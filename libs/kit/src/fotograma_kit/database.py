"""PostgreSQL through SQLAlchemy and asyncpg."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import structlog
from sqlalchemy import Engine, ExceptionContext, MetaData, event, text
from sqlalchemy.exc import (
    DBAPIError,
    DisconnectionError,
    InterfaceError,
    InvalidatePoolError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from fotograma_kit.problems import Unavailable
from fotograma_kit.settings import DatabaseSettings
from fotograma_kit.telemetry import call

log = structlog.get_logger(__name__)

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Names that migrations can rely on."""

_LISTEN_AGAIN_SECONDS = 1.0
_CONNECTION_LOST = (
    OSError,
    TimeoutError,
    PoolTimeoutError,
    InterfaceError,
    OperationalError,
    # SQLAlchemy translates what a statement raises, but not what connecting does.
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
)
_UNAVAILABLE_CLASSES = frozenset({"08", "53", "57"})
"""SQLSTATE classes: connection exception, insufficient resources, operator intervention
(https://www.postgresql.org/docs/current/errcodes-appendix.html)."""

_READ_ONLY = "25006"
"""SQLSTATE of a write on a server that was the primary, and is a replica after a fail-over."""
_BEGUN = "begun"
"""Marks a connection that had a transaction before."""
_OUTCOME_UNKNOWN = "The connection was lost while the change was stored: look whether it was."

_VALUES = re.compile(r"\nDETAIL:.*|(query argument \$\d+): .*", re.DOTALL)


class DatabaseUnavailable(Unavailable):
    """PostgreSQL does not answer, or broke off: nothing is known to be committed."""

    title = "The database does not answer right now"


def named_metadata() -> MetaData:
    """Metadata for a service's declarative base."""
    return MetaData(naming_convention=NAMING_CONVENTION)


class Database:
    """A connection pool. One per process.

    A transaction's first statement is its BEGIN, sent when a connection is taken from the pool.
    Where that one turns out to be lost, BEGIN is sent once more on a new one, and all that are as
    old are replaced. Nothing after it is ever sent twice.
    """

    def __init__(self, settings: DatabaseSettings) -> None:
        self._settings = settings
        self._engine = create_async_engine(
            settings.database_url.get_secret_value(),
            pool_size=settings.database_pool_size,
            max_overflow=settings.database_pool_overflow,
            pool_timeout=settings.database_connect_seconds,
            hide_parameters=True,  # an error that is logged must not show what was being stored
            connect_args={
                "timeout": settings.database_connect_seconds,
                "command_timeout": settings.database_statement_seconds,
            },
        )
        url = self._engine.url
        self._described = {
            "db.system.name": "postgresql",
            "db.namespace": url.database or "",
            "db.operation.name": "transaction",
            "server.address": url.host or "",
        }
        _begin_at_checkout(self._engine.sync_engine, settings.database_connect_seconds)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Raises `DatabaseUnavailable`; where that was at the commit, its detail says that the change
        may have been made.
        """
        name = f"transaction {self._described['db.namespace']}"
        with call(name, self._described, failure=DatabaseUnavailable):
            async with self._transaction() as session:
                yield session

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncSession]:
        detail = None
        try:
            async with self._sessions() as session:
                yield session
                await session.flush()
                detail = _OUTCOME_UNKNOWN
                await session.commit()
        except _CONNECTION_LOST as error:
            raise DatabaseUnavailable(detail) from error
        except DBAPIError as error:
            if error.connection_invalidated or _is_unavailable(error):
                raise DatabaseUnavailable(detail) from error
            _hide_values(error)
            raise

    async def ping(self) -> str:
        """A readiness check."""
        async with self.transaction() as session:
            await session.execute(text("SELECT 1"))
        return "ok"

    async def close(self) -> None:
        """Close the pool."""
        await self._engine.dispose()


def _begin_at_checkout(engine: Engine, seconds: float) -> None:
    """Begin a transaction on each connection that is taken from the pool, within `seconds`."""

    @event.listens_for(engine, "checkout")
    def begin(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        is_new = not record.info
        record.info[_BEGUN] = True
        try:
            connection.run_async(lambda _driver: _begin(connection, seconds))
        except Exception as error:
            if is_new:  # another would be no better
                raise
            if isinstance(error, TimeoutError):  # it says nothing of the others
                raise DisconnectionError(repr(error)) from error
            raise InvalidatePoolError(repr(error)) from error

    @event.listens_for(engine, "handle_error")
    def leave_replica(context: ExceptionContext) -> None:
        if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY:
            context.is_disconnect = True


async def _begin(connection: Any, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        await connection._start_transaction()  # noqa: SLF001 - left alone, a statement waits for it


def _is_unavailable(error: DBAPIError) -> bool:
    sqlstate = getattr(error.orig, "sqlstate", None) or ""
    return sqlstate[:2] in _UNAVAILABLE_CLASSES


def _hide_values(error: DBAPIError) -> None:
    """Keep what was being stored out of the message: PostgreSQL quotes the whole failing row.

    `error.orig` still has everything, for code that asks.
    """
    error.args = (_VALUES.sub(r"\1", str(error.args[0])),)
    error.__cause__ = None


class Notifications:
    """Listens to PostgreSQL's NOTIFY on one channel, over lost connections.

    Notifications are lost with a connection: `on_started` is called whenever listening begins, to
    look for what they would have announced.
    """

    def __init__(
        self,
        settings: DatabaseSettings,
        channel: str,
        on_notification: Callable[[str], None],
        on_started: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._channel = channel
        self._on_notification = on_notification
        self._on_started = on_started

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                await self._listen()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("not listening", channel=self._channel, error=repr(error))
            await asyncio.sleep(_LISTEN_AGAIN_SECONDS)

    async def _listen(self) -> None:
        url = self._settings.database_url.get_secret_value().replace("+asyncpg", "", 1)
        connection = await asyncpg.connect(url, timeout=self._settings.database_connect_seconds)
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda *_: lost.set())
            await connection.add_listener(
                self._channel,
                lambda _connection, _pid, _channel, payload: self._on_notification(payload),
            )
            self._on_started()
            await lost.wait()
        finally:
            connection.terminate()


class Wakeup:
    """Waits for PostgreSQL's NOTIFY on one channel.

    Waiting is bounded, and the bound is the guarantee: a notification can be lost with its
    connection, so a wait ends after the given seconds at the latest.
    """

    def __init__(self, settings: DatabaseSettings, channel: str) -> None:
        self._notified = asyncio.Event()
        self._notifications = Notifications(settings, channel, lambda _: self._notified.set())

    async def wait(self, seconds: float) -> None:
        """Return on the next notification, or after `seconds`."""
        try:
            await asyncio.wait_for(self._notified.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self._notified.clear()

    async def run(self) -> None:
        """Listen until cancelled."""
        await self._notifications.run()


async def notify(session: AsyncSession, channel: str) -> None:
    """Notify `channel` when this transaction commits."""
    await session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": channel})
