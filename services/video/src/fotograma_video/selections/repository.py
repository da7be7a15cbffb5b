"""Rows of selections."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    delete,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.models import (
    Extraction,
    Selection,
)


class SelectionRepository:
    """Selections, until they expire."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, selection: Selection) -> None:
        """Add a new selection."""
        self._session.add(selection)

    async def find(self, extraction_id: UUID, selection_id: UUID) -> Selection | None:
        """A selection of an extraction's frames."""
        query = select(Selection).where(
            Selection.id == selection_id, Selection.extraction_id == extraction_id
        )
        return await self._session.scalar(query)

    async def keep_newest(self, owner_id: UUID, count: int) -> None:
        """Delete all but the owner's newest selections."""
        of_owner = select(Selection.id).where(Selection.owner_id == owner_id)
        older = of_owner.order_by(Selection.created_at.desc(), Selection.id).offset(count)
        await self._session.execute(delete(Selection).where(Selection.id.in_(older)))

    async def delete_of_video(self, video_id: UUID) -> None:
        """Delete the selections of a video's frames."""
        of_video = select(Extraction.id).where(Extraction.video_id == video_id)
        await self._session.execute(delete(Selection).where(Selection.extraction_id.in_(of_video)))

    async def delete_expired(self, now: datetime) -> None:
        """Delete expired selections."""
        await self._session.execute(delete(Selection).where(Selection.expires_at <= now))
