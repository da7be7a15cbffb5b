"""Deliveries as users and operators read them, and metrics of their steps."""

from uuid import UUID

import structlog
from fotograma_kit.telemetry import exemplar

from fotograma_notify.contents import Kind
from fotograma_notify.domain import Change, Delivery, Status
from fotograma_notify.metrics import DELAY, DELIVERIES, SKIPPED, UNCERTAIN
from fotograma_notify.ports import Page, Store

log = structlog.get_logger(__name__)


class Deliveries:
    """Lists deliveries."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of_user(self, user_id: UUID, limit: int, cursor: str | None) -> Page:
        """A page of a user's deliveries, newest first. Raises `InvalidCursor`."""
        return await self._store.deliveries(user_id, limit, cursor)

    async def uncertain(self) -> list[Delivery]:
        """The uncertain deliveries, for operators."""
        found = [await self._store.delivery(key) for key in await self._store.uncertain()]
        return [delivery for delivery in found if delivery is not None]

    async def measure(self) -> None:
        """Set the gauge of uncertain deliveries, which an alert watches."""
        UNCERTAIN.set(len(await self._store.uncertain()))


def count_step(delivery: Delivery, change: Change) -> None:
    """Count a step that a delivery has taken, and log it."""
    kind = Kind(delivery.content.kind)
    if change.to is not Status.PENDING:
        DELIVERIES.labels(kind, change.to).inc()
    if change.to is Status.SKIPPED:
        SKIPPED.labels(kind, change.reason).inc()
    if change.to is Status.SENT:
        waited = (change.at - delivery.created_at).total_seconds()
        DELAY.labels(kind).observe(waited, exemplar())
    write = log.error if change.to is Status.UNCERTAIN else log.info
    write(
        "delivery",
        status=change.to.value,
        kind=kind.value,
        delivery_id=str(delivery.key.delivery_id),
        reason=change.reason,
    )
