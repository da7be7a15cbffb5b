"""Deletions from S3 that are due, and the inbox rows that may go."""

from datetime import datetime

from sqlalchemy import (
    delete,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.models import (
    InboxMessage,
    RateBucket,
    Sweep,
)


class SweepRepository:
    """Scheduled deletions of prefixes in S3."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, prefix: str, *due_at: datetime) -> None:
        """Schedule the deletion of `prefix` at each of the given times."""
        self._session.add_all(Sweep(prefix=prefix, due_at=at) for at in due_at)

    async def cancel(self, prefix: str) -> None:
        """Cancel the deletions of `prefix`."""
        await self._session.execute(delete(Sweep).where(Sweep.prefix == prefix))

    async def due(self, now: datetime) -> Sweep | None:
        """The sweep that is due longest, locked; None when there is none."""
        query = select(Sweep).where(Sweep.due_at <= now).order_by(Sweep.due_at).limit(1)
        return await self._session.scalar(query.with_for_update(skip_locked=True))

    async def remove(self, sweep: Sweep) -> None:
        """Delete a completed sweep."""
        await self._session.delete(sweep)


async def delete_received_messages(session: AsyncSession, since: datetime) -> None:
    """Delete inbox rows of messages that can no longer be redelivered."""
    await session.execute(delete(InboxMessage).where(InboxMessage.received_at < since))


async def delete_full_buckets(session: AsyncSession, now: datetime) -> None:
    """Delete what was spent of rates and has come back."""
    full = select(RateBucket.key).where(RateBucket.full_at < now)
    await session.execute(
        delete(RateBucket).where(RateBucket.key.in_(full.with_for_update(skip_locked=True)))
    )
