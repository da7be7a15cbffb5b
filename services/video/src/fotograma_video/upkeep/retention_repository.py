"""Queries for the expiry of videos."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.domain import RUNNING
from fotograma_video.models import Extraction, Video


class RetentionRepository:
    """Videos by the time at which they are deleted."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def to_warn_of(self, now: datetime, notice: timedelta, limit: int) -> Sequence[Video]:
        """Videos that expire within `notice` and whose users do not know, locked.

        A video that is kept for less than the notice is not among them: its upload has just said
        when it expires.
        """
        query = (
            select(Video)
            .where(
                Video.deleted_at.is_(None),
                Video.expires_at > now,
                Video.expires_at <= now + notice,
                Video.expires_at > Video.created_at + notice,
                Video.warned_of.is_distinct_from(Video.expires_at),
            )
            .order_by(Video.expires_at)
            .limit(limit)
        )
        return (await self._session.scalars(query.with_for_update(skip_locked=True))).all()

    async def due(self, now: datetime, overdue_since: datetime, limit: int) -> Sequence[UUID]:
        """Videos whose time is up; those with a running extraction only when it was long ago."""
        runs = exists().where(Extraction.video_id == Video.id, Extraction.status.in_(RUNNING))
        query = (
            select(Video.id)
            .where(
                Video.deleted_at.is_(None),
                Video.expires_at <= now,
                or_(Video.expires_at <= overdue_since, ~runs),
            )
            .order_by(Video.expires_at)
            .limit(limit)
        )
        return (await self._session.scalars(query)).all()

    async def clear_expired(self, before: datetime) -> None:
        """Answer videos that expired before `before` as not found (404) from now on."""
        await self._session.execute(
            update(Video).where(Video.expired, Video.deleted_at < before).values(expired=False)
        )

    async def redate(self, owner_id: UUID, days: int, not_before: datetime) -> None:
        """Recompute the expiry of the owner's videos for a retention of at most `days`.

        Videos that this shortens are kept until `not_before` at least: their user gets a notice.
        """
        kept = func.least(func.coalesce(Video.retention_days, days), days)
        wanted = Video.created_at + func.make_interval(0, 0, 0, kept)
        await self._session.execute(
            update(Video)
            .where(Video.owner_id == owner_id, Video.deleted_at.is_(None))
            .values(expires_at=func.greatest(wanted, func.least(Video.expires_at, not_before)))
        )
