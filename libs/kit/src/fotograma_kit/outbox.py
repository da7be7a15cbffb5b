"""The outbox: a message is stored with the change it tells of, and published afterwards.

The row is written in the business transaction, so either both exist or neither. A relay publishes
rows with confirms and deletes them; a crash between the two publishes again, which every consumer
tolerates. Several relays may run: rows are locked with SKIP LOCKED, and order is not promised.
"""

import asyncio
from datetime import datetime
from typing import Generic, TypeVar

import structlog
from fotograma_contracts.base import Message
from fotograma_contracts.topology import MESSAGES, routing_key_of
from prometheus_client import Counter, Gauge
from sqlalchemy import BigInteger, DateTime, Text, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from fotograma_kit.broker import Broker, BrokerUnavailable
from fotograma_kit.database import Database, DatabaseUnavailable, Wakeup, notify
from fotograma_kit.telemetry import current_traceparent

log = structlog.get_logger(__name__)

CHANNEL = "outbox"
BATCH = 100
POLL_SECONDS = 1.0

DEPTH = Gauge("fotograma_outbox_messages", "Messages in the outbox")
AGE = Gauge("fotograma_outbox_age_seconds", "Age of the oldest message in the outbox")
PUBLISHED = Counter("fotograma_outbox_published", "Messages published", ["routing_key"])

_CLASSES = {routing_key_of(message): message for message in MESSAGES}


class OutboxMixin:
    """The columns of a service's `outbox` table."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    routing_key: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    traceparent: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


O = TypeVar("O", bound=OutboxMixin)  # noqa: E741 - the one type variable of this module


class Outbox(Generic[O]):
    """A service's outbox, over its own table."""

    def __init__(self, table: type[O]) -> None:
        self._table = table

    async def add(
        self, session: AsyncSession, *messages: Message, traceparent: str | None = None
    ) -> None:
        """Store messages in the caller's transaction.

        They belong to the trace of `traceparent`, by default to the current one.
        """
        traceparent = traceparent or current_traceparent()
        for message in messages:
            row = self._table()
            row.routing_key = message.routing_key
            row.body = message.model_dump_json()
            row.traceparent = traceparent
            session.add(row)
        await notify(session, CHANNEL)


class Relay(Generic[O]):
    """Publishes what the outbox holds."""

    def __init__(self, table: type[O], database: Database, broker: Broker, wakeup: Wakeup) -> None:
        self._table = table
        self._database = database
        self._broker = broker
        self._wakeup = wakeup

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            try:
                published = await self._publish_batch()
                await self._measure()
            except DatabaseUnavailable as error:
                log.warning("outbox not reached", error=str(error))
                published = 0
            if published < BATCH:
                await self._wakeup.wait(POLL_SECONDS)

    async def _publish_batch(self) -> int:
        async with self._database.transaction() as session:
            query = select(self._table).order_by(self._table.id).limit(BATCH)
            rows = (await session.scalars(query.with_for_update(skip_locked=True))).all()
            confirmed = await asyncio.gather(*(self._publish(row) for row in rows))
            done = [row.id for row, ok in zip(rows, confirmed, strict=True) if ok]
            if done:
                await session.execute(delete(self._table).where(self._table.id.in_(done)))
        return len(done)

    async def _publish(self, row: O) -> bool:
        message = _CLASSES[row.routing_key].model_validate_json(row.body)
        try:
            await self._broker.publish(message, row.traceparent)
        except BrokerUnavailable as error:
            log.warning("not published yet", routing_key=row.routing_key, error=str(error))
            return False
        PUBLISHED.labels(row.routing_key).inc()
        return True

    async def _measure(self) -> None:
        query = select(
            func.count(),
            func.coalesce(func.extract("epoch", func.now() - func.min(self._table.created_at)), 0),
        ).select_from(self._table)
        async with self._database.transaction() as session:
            depth, age = (await session.execute(query)).one()
        DEPTH.set(depth)
        AGE.set(float(age))
