"""The inbox: an effect that must not repeat leaves the message's id in its own transaction."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import DateTime, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column


class InboxMixin:
    """The columns of a service's `inbox` table."""

    __tablename__ = "inbox"

    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )


I = TypeVar("I", bound=InboxMixin)  # noqa: E741 - the one type variable of this module


async def is_first_delivery(session: AsyncSession, table: type[I], message_id: UUID) -> bool:
    """Record the message; False when it was recorded before."""
    statement = insert(table).values(message_id=message_id).on_conflict_do_nothing()
    result = await session.execute(statement.returning(table.message_id))
    return result.first() is not None
