"""How long extractions wait until their first segment is somebody's work."""

from collections.abc import Mapping, Sequence
from math import ceil
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.domain import SegmentStatus
from fotograma_video.extractions.dispatch_repository import DispatchRepository
from fotograma_video.extractions.estimates import SegmentTiming


async def seconds_ahead(
    session: AsyncSession, segments: Sequence[SegmentTiming], commands_per_worker: int
) -> Mapping[UUID, float]:
    """An estimate for each extraction of which all segments wait.

    What lies before it in the users' turns, and what is under way, is done by as many workers as
    the commands under way are meant for. A worker that is idle takes the next at once.
    """
    begun = {s.extraction_id for s in segments if s.status is not SegmentStatus.WAITING}
    waiting = {s.extraction_id for s in segments} - begun
    if not waiting:
        return {}
    dispatch = DispatchRepository(session)
    ahead = await dispatch.work_ahead(list(waiting))
    commands, under_way = await dispatch.work_under_way()
    workers = max(1, ceil(commands / commands_per_worker))
    return {extraction: (under_way + work) / workers for extraction, work in ahead.items()}
