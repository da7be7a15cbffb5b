"""What administrators have given single users."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.models import UserQuota


class QuotaRepository:
    """Users' own limits. Who has none has the service's."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, user_id: UUID) -> UserQuota | None:
        """The user's own limits."""
        query = select(UserQuota).where(UserQuota.user_id == user_id)
        return await self._session.scalar(query.execution_options(populate_existing=True))

    async def put(self, user_id: UUID, values: dict[str, Any]) -> None:
        """Give the user these limits, and no other."""
        statement = insert(UserQuota).values(user_id=user_id, **values)
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=["user_id"], set_=values)
        )

    async def forget(self, user_id: UUID) -> None:
        """The user is gone."""
        await self._session.execute(delete(UserQuota).where(UserQuota.user_id == user_id))
