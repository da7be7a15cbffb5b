"""The outbox: a message is stored with the change it announces, and published afterwards.

The row is written in the business transaction, so either both exist or neither. A relay publishes
rows with confirms and deletes them; a crash between the two publishes again, which every consumer
tolerates. Several relays may run: rows are locked with SKIP LOCKED, and order is not promised.

The relay publishes what is stored without parsing it: a row may be of a release before or after
this one. One that cannot be sent goes to the graveyard, where an operator sees and replays it.
Where that is refused too, the row is marked and passed over, and tried again now and then.
"""

import asyncio
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Generic, TypeVar

import structlog
from fotograma_contracts.base import Message
from prometheus_client import Counter, Gauge
from sqlalchemy import BigInteger, DateTime, Text, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from fotograma_kit.broker import (
    ROUTES,
    Broker,
    BrokerUnavailable,
    MessageRefused,
    Publication,
    Route,
)
from fotograma_kit.causes import UNKNOWN, Cause
from fotograma_kit.database import Database, DatabaseUnavailable, Wakeup, notify

log = structlog.get_logger(__name__)

CHANNEL = "outbox"
BATCH = 100
POLL_SECONDS = 1.0

LONGEST_ID = 36
"""Characters of a UUID."""
DOUBLINGS = 6
"""A row that was refused n times waits 2^n seconds, at most 2^6, until it is tried again."""

DEPTH = Gauge("fotograma_outbox_messages", "Messages in the outbox that wait to be published")
AGE = Gauge("fotograma_outbox_age_seconds", "Age of the oldest message that waits to be published")
REFUSED = Gauge(
    "fotograma_outbox_refused_messages", "Messages that neither their exchange nor the dead's takes"
)
PUBLISHED = Counter("fotograma_outbox_published", "Messages published", ["routing_key"])
DEAD_LETTERED = Counter(
    "fotograma_outbox_buried", "Messages sent to the graveyard", ["routing_key"]
)


class OutboxMixin:
    """The columns of a service's `outbox` table."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    routing_key: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    traceparent: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    exchange: Mapped[str | None] = mapped_column(Text)
    """This and the next three are null in the rows of a release that did not store them."""
    message_id: Mapped[str | None] = mapped_column(Text)
    persistent: Mapped[bool | None]
    mandatory: Mapped[bool | None]
    refused_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When its exchange and the dead-letter exchange last refused it."""
    refused_reason: Mapped[str | None] = mapped_column(Text)
    refused_tries: Mapped[int | None]
    request_id: Mapped[str | None] = mapped_column(Text)
    """Of the request that the message follows from; null in rows of the release before."""


O = TypeVar("O", bound=OutboxMixin)  # noqa: E741 - the one type variable of this module


class Outbox(Generic[O]):
    """A service's outbox, over its own table."""

    def __init__(self, table: type[O]) -> None:
        self._table = table

    async def add(self, session: AsyncSession, *messages: Message, cause: Cause = UNKNOWN) -> None:
        """Store messages in the caller's transaction.

        They follow from `cause`; what is not known of it is as for what is being done now.
        """
        await self.add_each(session, [(message, cause) for message in messages])

    async def add_each(
        self, session: AsyncSession, messages: Iterable[tuple[Message, Cause]]
    ) -> None:
        """Store messages in the caller's transaction, in this order, each with its cause."""
        current = Cause.current()
        rows = [_row(message, cause.or_else(current)) for message, cause in messages]
        if rows:
            await session.execute(insert(self._table), rows)
            await notify(session, CHANNEL)


def _row(message: Message, cause: Cause) -> dict[str, object]:
    route = Route.of(type(message))
    return {
        "exchange": route.exchange,
        "routing_key": message.routing_key,
        "body": message.model_dump_json(),
        "message_id": str(message.id),
        "persistent": route.persistent,
        "mandatory": route.mandatory,
        "traceparent": cause.traceparent,
        "request_id": cause.request_id,
    }


class Relay(Generic[O]):
    """Publishes what the outbox of `service` holds."""

    def __init__(
        self, service: str, table: type[O], database: Database, broker: Broker, wakeup: Wakeup
    ) -> None:
        self._origin = f"outbox.{service}"
        self._table = table
        self._database = database
        self._broker = broker
        self._wakeup = wakeup

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            try:
                settled = await self._publish_batch()
                await self._measure()
            except DatabaseUnavailable as error:
                log.warning("outbox not reached", error=str(error))
                settled = 0
            if settled < BATCH:
                await self._wakeup.wait(POLL_SECONDS)

    async def _publish_batch(self) -> int:
        """Publish the rows that are due; returns how many were deleted or marked."""
        async with self._database.transaction() as session:
            rows = await self._due(session)
            gone = await asyncio.gather(*(self._dispose(row) for row in rows))
            done = [row.id for row, ok in zip(rows, gone, strict=True) if ok]
            settled = len(done) + sum(row in session.dirty for row in rows)
            if done:
                await session.execute(delete(self._table).where(self._table.id.in_(done)))
        return settled

    async def _due(self, session: AsyncSession) -> Sequence[O]:
        """Lock the oldest rows and, up to the batch's size, refused ones that are due again."""
        table = self._table
        rows = select(table).order_by(table.id).with_for_update(skip_locked=True)
        waiting = await session.scalars(rows.where(table.refused_at.is_(None)).limit(BATCH))
        found = list(waiting)
        pause = func.power(2, func.least(table.refused_tries, DOUBLINGS)) * text("interval '1 s'")
        again = rows.where(table.refused_at + pause <= func.now()).limit(BATCH - len(found))
        return [*found, *await session.scalars(again)]

    async def _dispose(self, row: O) -> bool:
        """Publish the row; returns whether it can be deleted. A temporary failure leaves it."""
        publication = _publication(row, self._origin)
        with publication.cause.logged():
            return await self._publish_or_mark(row, publication)

    async def _publish_or_mark(self, row: O, publication: Publication) -> bool:
        try:
            return await self._publish(publication)
        except MessageRefused as error:
            _mark(row, str(error))
        except BrokerUnavailable as error:
            log.warning("not published yet", routing_key=row.routing_key, error=str(error))
        except Exception as error:  # a defect: it must not stop the rows behind
            log.exception("row failed", outbox_id=row.id)
            _mark(row, repr(error))
        return False

    async def _publish(self, publication: Publication) -> bool:
        try:
            await self._broker.publish_stored(publication)
        except MessageRefused as error:
            await self._dead_letter(publication, str(error))
        else:
            PUBLISHED.labels(publication.routing_key).inc()
        return True

    async def _dead_letter(self, publication: Publication, reason: str) -> None:
        """Raises `MessageRefused` with both reasons where the graveyard refuses it too."""
        try:
            await self._broker.dead_letter_stored(publication, origin=self._origin, reason=reason)
        except MessageRefused as error:
            raise MessageRefused(f"{reason}; {error}") from error
        log.error("message buried", routing_key=publication.routing_key, reason=reason)
        DEAD_LETTERED.labels(publication.routing_key).inc()

    async def _measure(self) -> None:
        table = self._table
        waits = table.refused_at.is_(None)
        since = func.extract("epoch", func.now() - func.min(table.created_at).filter(waits))
        query = select(
            func.count().filter(waits), func.count(table.refused_at), func.coalesce(since, 0)
        ).select_from(table)
        async with self._database.transaction() as session:
            depth, refused, age = (await session.execute(query)).one()
        DEPTH.set(depth)
        REFUSED.set(refused)
        AGE.set(float(age))


def _publication(row: OutboxMixin, origin: str) -> Publication:
    """Build the row's message; what the release before did not store is as its messages had it."""
    route = ROUTES.get(row.routing_key)
    if row.exchange is not None:
        route = Route(
            row.exchange,
            persistent=row.persistent is not False,
            mandatory=row.mandatory is not False,
        )
    message_id = row.message_id or _id_in(row.body) or f"{origin}.{row.id}"
    cause = Cause.told(row.request_id, row.traceparent)
    return Publication(route, row.routing_key, row.body.encode(), message_id, cause)


def _id_in(body: str) -> str | None:
    """Return the id in the body, which every message of every release has."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    identity = found.get("id") if isinstance(found, dict) else None
    return identity if isinstance(identity, str) and len(identity) <= LONGEST_ID else None


def _mark(row: OutboxMixin, reason: str) -> None:
    log.error("message passed over", outbox_id=row.id, routing_key=row.routing_key, reason=reason)
    row.refused_at = datetime.now(UTC)
    row.refused_reason = reason
    row.refused_tries = (row.refused_tries or 0) + 1
