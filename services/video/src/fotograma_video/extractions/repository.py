"""Extractions and their segments."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from fotograma_contracts.extractions import SegmentExtracted
from sqlalchemy import (
    Table,
    Uuid,
    any_,
    bindparam,
    delete,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.domain import (
    ExtractionStatus,
    SegmentStatus,
)
from fotograma_video.extractions.estimates import SegmentTiming
from fotograma_video.models import (
    Extraction,
    Segment,
)
from fotograma_video.rows import EXTRACTION_COLUMNS, ExtractionRow

_extractions, _segments = Extraction.__table__.c, Segment.__table__.c
# To build a statement takes longer than to send it. Those of every reading of the library:
_ROWS_OF_VIDEOS = (
    select(*EXTRACTION_COLUMNS)
    .where(_extractions.video_id == any_(bindparam("videos", type_=ARRAY(Uuid))))
    .order_by(_extractions.created_at.desc())
)
_ROW = select(*EXTRACTION_COLUMNS).where(
    _extractions.id == bindparam("of"), _extractions.video_id == bindparam("its_video")
)
# and what every report of a segment needs.
_LOCKED_STATUS = (
    select(_extractions.status).where(_extractions.id == bindparam("of")).with_for_update()
)
_UNFINISHED = (
    select(_segments.index)
    .where(_segments.extraction_id == bindparam("of"), _segments.status != SegmentStatus.EXTRACTED)
    .limit(1)
)
_ACCEPT = (
    update(cast("Table", Segment.__table__))
    .where(
        _segments.extraction_id == bindparam("of"),
        _segments.index == bindparam("at"),
        _segments.status != SegmentStatus.EXTRACTED,
    )
    .values(
        status=SegmentStatus.EXTRACTED,
        piece=bindparam("its_piece"),
        warnings=bindparam("its_warnings"),
    )
    .returning(_segments.index)
)


class ExtractionRepository:
    """Extractions and their segments."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, extraction: Extraction) -> None:
        """Add a new extraction."""
        self._session.add(extraction)

    async def locked_of_video(self, video_id: UUID) -> Sequence[Extraction]:
        """All extractions of the video, newest first, with their rows locked."""
        query = select(Extraction).where(Extraction.video_id == video_id)
        newest_first = query.order_by(Extraction.created_at.desc())
        return (await self._session.scalars(newest_first.with_for_update())).all()

    async def rows_of_videos(self, *video_ids: UUID) -> Sequence[ExtractionRow]:
        """All extractions of the videos, newest first, to be shown."""
        rows = await self._session.execute(_ROWS_OF_VIDEOS, {"videos": list(video_ids)})
        return [ExtractionRow(*row) for row in rows]

    async def row(self, video_id: UUID, extraction_id: UUID) -> ExtractionRow | None:
        """One extraction of a video, to be shown."""
        wanted = {"of": extraction_id, "its_video": video_id}
        found = (await self._session.execute(_ROW, wanted)).first()
        return None if found is None else ExtractionRow(*found)

    async def find(
        self, video_id: UUID, extraction_id: UUID, *, lock: bool = False
    ) -> Extraction | None:
        """One extraction of a video."""
        query = select(Extraction).where(
            Extraction.id == extraction_id, Extraction.video_id == video_id
        )
        return await self._session.scalar(query.with_for_update() if lock else query)

    async def lock(self, extraction_id: UUID) -> Extraction | None:
        """The extraction, with its row locked: its messages are handled one at a time."""
        query = select(Extraction).where(Extraction.id == extraction_id)
        return await self._session.scalar(query.with_for_update())

    async def get_locked(self, extraction_id: UUID) -> Extraction:
        """The same, of one that is known to exist."""
        query = select(Extraction).where(Extraction.id == extraction_id)
        return (await self._session.scalars(query.with_for_update())).one()

    async def locked_status(self, extraction_id: UUID) -> ExtractionStatus | None:
        """The extraction's status, with its row locked: all that most messages need of it."""
        return await self._session.scalar(_LOCKED_STATUS, {"of": extraction_id})

    async def video_of(self, extraction_id: UUID) -> UUID:
        """The video of an extraction that is known to exist."""
        query = select(Extraction.video_id).where(Extraction.id == extraction_id)
        return (await self._session.scalars(query)).one()

    async def page(
        self,
        *,
        status: ExtractionStatus | None,
        owner_id: UUID | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[Extraction]:
        """All users' extractions, newest first, from the one that follows `after` on."""
        query = select(Extraction)
        if status is not None:
            query = query.where(Extraction.status == status)
        if owner_id is not None:
            query = query.where(Extraction.owner_id == owner_id)
        if after is not None:
            last = select(Extraction.created_at, Extraction.id).where(Extraction.id == after)
            query = query.where(
                tuple_(Extraction.created_at, Extraction.id) < last.scalar_subquery()
            )
        order = (Extraction.created_at.desc(), Extraction.id.desc())
        return (await self._session.scalars(query.order_by(*order).limit(limit))).all()

    async def statuses(self, video_id: UUID) -> Sequence[ExtractionStatus]:
        """The statuses of a video's extractions."""
        query = select(Extraction.status).where(Extraction.video_id == video_id)
        return (await self._session.scalars(query)).all()

    async def timed_out(self, since: datetime) -> Sequence[Extraction]:
        """Extractions whose plan or assembly was issued before `since` and never answered."""
        stages = (ExtractionStatus.PLANNING, ExtractionStatus.ASSEMBLING)
        query = select(Extraction).where(
            Extraction.status.in_(stages), Extraction.issued_at < since
        )
        return (
            await self._session.scalars(query.limit(100).with_for_update(skip_locked=True))
        ).all()

    async def archive_key(self, extraction_id: UUID) -> str | None:
        """The key of the archive that was accepted, if there is one."""
        query = select(Extraction.archive_key).where(Extraction.id == extraction_id)
        return await self._session.scalar(query)

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

    async def segment_timings(self, *extraction_ids: UUID) -> Sequence[SegmentTiming]:
        """What estimates need of the extractions' segments, without loading their pieces."""
        query = select(
            Segment.extraction_id,
            Segment.index,
            Segment.status,
            Segment.issued_at,
            Segment.frames_at_most,
            Segment.work_seconds,
        ).where(Segment.extraction_id.in_(extraction_ids))
        return [SegmentTiming(*row) for row in await self._session.execute(query)]

    async def delete_segments(self, extraction_id: UUID) -> None:
        """Delete the segments: another plan will replace them."""
        await self._session.execute(delete(Segment).where(Segment.extraction_id == extraction_id))

    async def accept(self, event: SegmentExtracted) -> bool:
        """Store a segment's piece; False when there is no such segment, or it has one."""
        accepted = {
            "of": event.extraction_id,
            "at": event.index,
            "its_piece": event.piece,
            "its_warnings": event.warnings,
        }
        return await self._session.scalar(_ACCEPT, accepted) is not None

    async def has_unfinished(self, extraction_id: UUID) -> bool:
        """Whether a segment has no accepted piece yet."""
        return await self._session.scalar(_UNFINISHED, {"of": extraction_id}) is not None

    async def timed_out_segments(self, since: datetime) -> Sequence[tuple[UUID, int]]:
        """Segments that were issued before `since` and never answered, by extraction and index."""
        query = (
            select(Segment.extraction_id, Segment.index)
            .join(Extraction)
            .where(
                Segment.status == SegmentStatus.DISPATCHED,
                Segment.issued_at < since,
                Extraction.status == ExtractionStatus.EXTRACTING,
            )
            .limit(100)
        )
        return (await self._session.execute(query)).all()
