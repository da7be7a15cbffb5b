"""Which segments go next."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    Select,
    and_,
    any_,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.domain import (
    ExtractionStatus,
    Lane,
    SegmentStatus,
)
from fotograma_video.extractions.estimates import SegmentTiming
from fotograma_video.models import (
    Extraction,
    Segment,
    Video,
)


@dataclass(frozen=True, slots=True)
class Backlog:
    """Segments of one kind that wait or run."""

    waiting: int
    dispatched: int
    oldest: datetime | None


_DISPATCH_LOCK = 0x64697370  # "disp": one dispatcher at a time


class DispatchRepository:
    """Which segments go next: users in turn, and a user's extractions in turn."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def try_lock(self) -> bool:
        """False when another replica is dispatching right now."""
        return bool(
            await self._session.scalar(select(func.pg_try_advisory_xact_lock(_DISPATCH_LOCK)))
        )

    async def under_way(self) -> Mapping[Lane, int]:
        """How many segments of each lane are dispatched and unanswered."""
        query = _live(select(Segment.lane, func.count()).select_from(Segment)).where(
            Segment.status == SegmentStatus.DISPATCHED
        )
        rows = await self._session.execute(query.group_by(Segment.lane))
        counts: dict[Lane | None, int] = dict(rows.all())
        return {lane: counts.get(lane, 0) for lane in Lane}

    async def next_segments(self, limit: int, shorter_than: float | None) -> Sequence[Segment]:
        """At most `limit` waiting segments, fairest first.

        `shorter_than` (seconds of work) restricts them to short ones.
        """
        turns = _turns(shorter_than)
        query = (
            select(Segment)
            .join(
                turns,
                and_(
                    turns.c.extraction_id == Segment.extraction_id, turns.c.index == Segment.index
                ),
            )
            .order_by(turns.c.turn, turns.c.created_at, turns.c.index)
            .limit(limit)
        )
        return (await self._session.scalars(query)).all()

    async def with_videos(
        self, extraction_ids: Collection[UUID]
    ) -> Mapping[UUID, tuple[Extraction, Video]]:
        """The extractions, each with its video."""
        query = select(Extraction, Video).join(Video, Video.id == Extraction.video_id)
        rows = await self._session.execute(query.where(Extraction.id.in_(extraction_ids)))
        return {extraction.id: (extraction, video) for extraction, video in rows}

    async def hand_out(
        self, extraction_id: UUID, indexes: Sequence[int], lane: Lane, now: datetime
    ) -> None:
        """Note that these segments of an extraction were handed out."""
        await self._session.execute(
            update(Segment)
            .where(
                Segment.extraction_id == extraction_id,
                Segment.index == any_(literal(indexes, ARRAY(Integer))),
            )
            .values(status=SegmentStatus.DISPATCHED, lane=lane, issued_at=now)
            .execution_options(synchronize_session=False)
        )

    async def seconds_ahead(
        self, segments: Sequence[SegmentTiming], commands_per_worker: int
    ) -> Mapping[UUID, float]:
        """An estimate for each extraction of which all segments wait.

        What lies before it in the users' turns, and what is under way, is done by as many workers
        as the commands under way are meant for.
        """
        begun = {s.extraction_id for s in segments if s.status is not SegmentStatus.WAITING}
        waiting = {s.extraction_id for s in segments} - begun
        if not waiting:
            return {}
        ahead = await self._work_ahead(list(waiting))
        commands, under_way = await self._work_under_way()
        workers = max(1, ceil(commands / commands_per_worker))
        return {extraction: (under_way + work) / workers for extraction, work in ahead.items()}

    async def _work_ahead(self, extraction_ids: Sequence[UUID]) -> Mapping[UUID, float]:
        """Seconds of work that wait before the first segment of each of these extractions."""
        turns = _turns(None)
        order = (turns.c.turn, turns.c.created_at, turns.c.index)
        until = func.sum(Segment.work_seconds).over(order_by=order)
        queue = (
            select(turns.c.extraction_id, (until - Segment.work_seconds).label("before"))
            .join(
                Segment,
                and_(
                    turns.c.extraction_id == Segment.extraction_id, turns.c.index == Segment.index
                ),
            )
            .subquery()
        )
        first = select(queue.c.extraction_id, func.min(queue.c.before))
        first = first.where(queue.c.extraction_id.in_(extraction_ids))
        rows = await self._session.execute(first.group_by(queue.c.extraction_id))
        return dict(rows.all())

    async def _work_under_way(self) -> tuple[int, float]:
        """How many segments are dispatched and unanswered, and seconds of work in them."""
        query = _live(
            select(func.count(), func.coalesce(func.sum(Segment.work_seconds), 0.0)).select_from(
                Segment
            )
        ).where(Segment.status == SegmentStatus.DISPATCHED)
        count, seconds = (await self._session.execute(query)).one()
        return count, seconds

    async def backlog(self) -> Backlog:
        """Waiting and running segments, and since when the oldest waits."""
        query = _live(
            select(
                func.count().filter(Segment.status == SegmentStatus.WAITING),
                func.count().filter(Segment.status == SegmentStatus.DISPATCHED),
                func.min(Extraction.created_at).filter(Segment.status == SegmentStatus.WAITING),
            ).select_from(Segment)
        )
        waiting, dispatched, oldest = (await self._session.execute(query)).one()
        return Backlog(waiting, dispatched, oldest)


def _live(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Segments of extractions that are still wanted."""
    return query.join(Extraction, Extraction.id == Segment.extraction_id).where(
        Extraction.status == ExtractionStatus.EXTRACTING
    )


def _turns(shorter_than: float | None) -> Any:
    """Each waiting segment with its turn.

    Within an extraction the n-th waiting segment has turn n plus what the extraction has under
    way; a user's segments are ordered by that, and the n-th of them has turn n plus what the user
    has under way. So users share the fleet equally, and so do the extractions of one user.
    """
    under_way = Segment.status == SegmentStatus.DISPATCHED
    segments = (
        _live(
            select(
                Segment.extraction_id,
                Segment.index,
                Segment.status,
                Segment.work_seconds,
                Extraction.owner_id,
                Extraction.created_at,
                func.count()
                .filter(under_way)
                .over(partition_by=Extraction.owner_id)
                .label("user_under_way"),
                (
                    func.count().filter(under_way).over(partition_by=Segment.extraction_id)
                    + func.row_number().over(
                        partition_by=(Segment.extraction_id, Segment.status),
                        order_by=Segment.index,
                    )
                ).label("extraction_turn"),
            )
        )
        .where(Segment.status != SegmentStatus.EXTRACTED)
        .subquery()
    )
    waiting = select(
        segments.c.extraction_id,
        segments.c.index,
        segments.c.created_at,
        (
            segments.c.user_under_way
            + func.row_number().over(
                partition_by=segments.c.owner_id,
                order_by=(segments.c.extraction_turn, segments.c.created_at, segments.c.index),
            )
        ).label("turn"),
    ).where(segments.c.status == SegmentStatus.WAITING)
    if shorter_than is not None:
        waiting = waiting.where(segments.c.work_seconds <= shorter_than)
    return waiting.subquery()
