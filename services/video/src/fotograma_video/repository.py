"""Queries. Nothing here commits: a use case owns the transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    delete,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.domain import (
    COMPLETED,
    RUNNING,
    ExtractionStatus,
    Lane,
    SegmentStatus,
    VideoStatus,
)
from fotograma_video.models import (
    Extraction,
    IdempotencyKey,
    InboxMessage,
    Segment,
    Sweep,
    Upload,
    Video,
)


class SortKey(StrEnum):
    """What a list of videos may be sorted by."""

    CREATED = "created_at"
    NAME = "name"
    SIZE = "size_bytes"


_SORT_COLUMNS: dict[SortKey, Any] = {
    SortKey.CREATED: Video.created_at,
    SortKey.NAME: Video.name,
    SortKey.SIZE: Video.size_bytes,
}


@dataclass(frozen=True, slots=True)
class Page:
    """Which videos of a list: its filters, its order, and the last one already seen."""

    limit: int
    sort: SortKey
    descending: bool
    status: VideoStatus | None
    search: str | None
    after: tuple[Any, UUID] | None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a user has."""

    videos: int
    storage_bytes: int
    uploads_in_progress: int
    running_extractions: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """Segments of one kind that wait or run."""

    waiting: int
    dispatched: int
    oldest: datetime | None


class VideoRepository:
    """Videos and what users have of them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, video: Video) -> None:
        """Add a new video."""
        self._session.add(video)

    async def find(self, owner_id: UUID, video_id: UUID, *, lock: bool = False) -> Video | None:
        """The owner's video, unless it was deleted."""
        query = select(Video).where(
            Video.id == video_id, Video.owner_id == owner_id, Video.deleted_at.is_(None)
        )
        return await self._session.scalar(query.with_for_update() if lock else query)

    async def get(self, video_id: UUID, *, lock: bool = False) -> Video:
        """A video that is known to exist, deleted or not."""
        query = select(Video).where(Video.id == video_id)
        return (await self._session.scalars(query.with_for_update() if lock else query)).one()

    async def page(self, owner_id: UUID, page: Page) -> Sequence[Video]:
        """One page of the owner's videos."""
        column = _SORT_COLUMNS[page.sort]
        query = select(Video).where(Video.owner_id == owner_id, Video.deleted_at.is_(None))
        if page.status is not None:
            query = query.where(Video.status == page.status)
        if page.search:
            query = query.where(Video.name.icontains(page.search, autoescape=True))
        if page.after is not None:
            position = tuple_(column, Video.id)
            query = query.where(position < page.after if page.descending else position > page.after)
        order = (column.desc(), Video.id.desc()) if page.descending else (column, Video.id)
        return (await self._session.scalars(query.order_by(*order).limit(page.limit))).all()

    async def lock_owner(self, owner_id: UUID) -> None:
        """Let one transaction at a time count and take from a user's quota."""
        key = func.hashtextextended(str(owner_id), 0)
        await self._session.execute(select(func.pg_advisory_xact_lock(key)))

    async def usage(self, owner_id: UUID) -> Usage:
        """What the user has now. Archives that are not finished count by their estimate."""
        videos, sources = (
            await self._session.execute(
                select(func.count(), func.coalesce(func.sum(Video.size_bytes), 0)).where(
                    Video.owner_id == owner_id, Video.deleted_at.is_(None)
                )
            )
        ).one()
        archives = await self._session.scalar(
            select(func.coalesce(func.sum(_archive_bytes()), 0))
            .join(Video, Video.id == Extraction.video_id)
            .where(Extraction.owner_id == owner_id, Video.deleted_at.is_(None))
        )
        uploads, reserved = (
            await self._session.execute(
                select(func.count(), func.coalesce(func.sum(Upload.reserved_bytes), 0)).where(
                    Upload.owner_id == owner_id
                )
            )
        ).one()
        running = await self._session.scalar(
            select(func.count())
            .select_from(Extraction)
            .where(Extraction.owner_id == owner_id, Extraction.status.in_(RUNNING))
        )
        return Usage(videos, int(sources + (archives or 0) + reserved), uploads, running or 0)


def _archive_bytes() -> ColumnElement[int]:
    return case(
        (Extraction.status.in_(COMPLETED), Extraction.archive_bytes),
        (Extraction.status.in_(RUNNING), Extraction.estimated_archive_bytes),
        else_=0,
    )


class ExtractionRepository:
    """Extractions and their segments."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, extraction: Extraction) -> None:
        """Add a new extraction."""
        self._session.add(extraction)

    async def of_videos(self, *video_ids: UUID, lock: bool = False) -> Sequence[Extraction]:
        """All extractions of the videos, newest first."""
        query = (
            select(Extraction)
            .where(Extraction.video_id.in_(video_ids))
            .order_by(Extraction.created_at.desc())
        )
        return (await self._session.scalars(query.with_for_update() if lock else query)).all()

    async def find(self, video_id: UUID, extraction_id: UUID) -> Extraction | None:
        """One extraction of a video."""
        query = select(Extraction).where(
            Extraction.id == extraction_id, Extraction.video_id == video_id
        )
        return await self._session.scalar(query)

    async def lock(self, extraction_id: UUID) -> Extraction | None:
        """The extraction, with its row locked: its messages are handled one at a time."""
        query = select(Extraction).where(Extraction.id == extraction_id)
        return await self._session.scalar(query.with_for_update())

    async def statuses(self, video_id: UUID) -> Sequence[ExtractionStatus]:
        """Where the extractions of a video are."""
        query = select(Extraction.status).where(Extraction.video_id == video_id)
        return (await self._session.scalars(query)).all()

    async def silent(self, since: datetime) -> Sequence[Extraction]:
        """Extractions whose plan or assembly was issued before `since` and never answered."""
        stages = (ExtractionStatus.PLANNING, ExtractionStatus.ASSEMBLING)
        query = select(Extraction).where(
            Extraction.status.in_(stages), Extraction.issued_at < since
        )
        return (
            await self._session.scalars(query.limit(100).with_for_update(skip_locked=True))
        ).all()

    def add_segments(self, segments: Sequence[Segment]) -> None:
        """Add the segments of a plan."""
        self._session.add_all(segments)

    async def segment(self, extraction_id: UUID, index: int) -> Segment | None:
        """One segment."""
        return await self._session.get(Segment, (extraction_id, index))

    async def segments(self, extraction_id: UUID) -> Sequence[Segment]:
        """All segments, in order."""
        query = select(Segment).where(Segment.extraction_id == extraction_id)
        return (await self._session.scalars(query.order_by(Segment.index))).all()

    async def unfinished_segments(self, extraction_id: UUID) -> int:
        """How many segments have no accepted piece yet."""
        query = (
            select(func.count())
            .select_from(Segment)
            .where(
                Segment.extraction_id == extraction_id, Segment.status != SegmentStatus.EXTRACTED
            )
        )
        return await self._session.scalar(query) or 0

    async def silent_segments(self, since: datetime) -> Sequence[Segment]:
        """Segments that were issued before `since` and never answered."""
        query = (
            select(Segment)
            .join(Extraction)
            .where(
                Segment.status == SegmentStatus.DISPATCHED,
                Segment.issued_at < since,
                Extraction.status == ExtractionStatus.EXTRACTING,
            )
            .limit(100)
        )
        return (
            await self._session.scalars(query.with_for_update(of=Segment, skip_locked=True))
        ).all()


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

    async def under_way(self, lane: Lane) -> int:
        """How many segments of the lane are dispatched and unanswered."""
        query = _live(select(func.count()).select_from(Segment)).where(
            Segment.status == SegmentStatus.DISPATCHED, Segment.lane == lane
        )
        return await self._session.scalar(query) or 0

    async def next_segments(
        self, limit: int, shorter_than: float | None
    ) -> Sequence[tuple[Segment, Extraction, Video]]:
        """At most `limit` waiting segments, fairest first.

        `shorter_than` (seconds of work) restricts them to short ones.
        """
        turns = _turns(shorter_than)
        query = (
            select(Segment, Extraction, Video)
            .join(
                turns,
                and_(
                    turns.c.extraction_id == Segment.extraction_id, turns.c.index == Segment.index
                ),
            )
            .join(Extraction, Extraction.id == Segment.extraction_id)
            .join(Video, Video.id == Extraction.video_id)
            .order_by(turns.c.turn, turns.c.created_at, turns.c.index)
            .limit(limit)
        )
        return (await self._session.execute(query)).all()

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


class UploadRepository:
    """Uploads in progress, and the requests that must not be carried out twice."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, upload: Upload) -> None:
        """Reserve."""
        self._session.add(upload)

    async def heard(self, upload_id: UUID, now: datetime) -> None:
        """The upload is alive."""
        await self._session.execute(
            update(Upload).where(Upload.id == upload_id).values(heard_at=now)
        )

    async def remove(self, upload_id: UUID) -> bool:
        """Forget the upload; False when the janitor took it before."""
        result = await self._session.execute(
            delete(Upload).where(Upload.id == upload_id).returning(Upload.id)
        )
        return result.first() is not None

    async def abandoned(self, since: datetime) -> Sequence[Upload]:
        """Uploads that were not heard of since."""
        query = select(Upload).where(Upload.heard_at < since).limit(100)
        return (await self._session.scalars(query.with_for_update(skip_locked=True))).all()


class IdempotencyRepository:
    """Requests by their Idempotency-Key."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def claim(self, record: IdempotencyKey, stale_since: datetime) -> IdempotencyKey | None:
        """Take the key, or return who has it. A holder not heard of since has died."""
        values = {
            "owner_id": record.owner_id,
            "route": record.route,
            "key": record.key,
            "heard_at": record.heard_at,
        }
        statement = (
            insert(IdempotencyKey)
            .values(values)
            .on_conflict_do_update(
                index_elements=["owner_id", "route", "key"],
                set_={"heard_at": record.heard_at},
                where=and_(
                    IdempotencyKey.fingerprint.is_(None), IdempotencyKey.heard_at < stale_since
                ),
            )
        )
        taken = (await self._session.execute(statement.returning(IdempotencyKey.key))).first()
        if taken is not None:
            return None
        return await self._session.get(IdempotencyKey, (record.owner_id, record.route, record.key))

    async def complete(self, record: IdempotencyKey, fingerprint: str, result_id: UUID) -> None:
        """The request was carried out."""
        await self._session.execute(
            self._where(update(IdempotencyKey), record).values(
                fingerprint=fingerprint, result_id=result_id
            )
        )

    async def release(self, record: IdempotencyKey) -> None:
        """The request failed; the key is free again."""
        await self._session.execute(
            self._where(delete(IdempotencyKey), record).where(IdempotencyKey.fingerprint.is_(None))
        )

    async def forget(self, since: datetime) -> None:
        """Drop keys that are older than their promise."""
        await self._session.execute(delete(IdempotencyKey).where(IdempotencyKey.heard_at < since))

    @staticmethod
    def _where(statement: Any, record: IdempotencyKey) -> Any:
        return statement.where(
            IdempotencyKey.owner_id == record.owner_id,
            IdempotencyKey.route == record.route,
            IdempotencyKey.key == record.key,
        )


class SweepRepository:
    """Prefixes to delete from S3."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, prefix: str, *due_at: datetime) -> None:
        """Sweep `prefix` at each of the given times."""
        self._session.add_all(Sweep(prefix=prefix, due_at=at) for at in due_at)

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
