"""What is to be deleted from S3, and what may be forgotten."""

from datetime import datetime

from sqlalchemy import (
    delete,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.models import (
    InboxMessage,
    Sweep,
)


class SweepRepository:
    """Prefixes to delete from S3."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, prefix: str, *due_at: datetime) -> None:
        """Sweep `prefix` at each of the given times."""
        self._session.add_all(Sweep(prefix=prefix, due_at=at) for at in due_at)

    async def cancel(self, prefix: str) -> None:
        """What lies below `prefix` is wanted again."""
        await self._session.execute(delete(Sweep).where(Sweep.prefix == prefix))

    async def due(self, now: datetime) -> Sweep | None:
        """The sweep that is due longest, locked; None when there is none."""
        query = select(Sweep).where(Sweep.due_at <= now).order_by(Sweep.due_at).limit(1)
        return await self._session.scalar(query.with_for_update(skip_locked=True))

    async def remove(self, sweep: Sweep) -> None:
        """The sweep is done."""
        await self._session.delete(sweep)


async def forget_messages(session: AsyncSession, since: datetime) -> None:
    """Drop inbox rows of messages that cannot come again."""
    await session.execute(delete(InboxMessage).where(InboxMessage.received_at < since))
