"""Issuing the command of the stage an extraction is in."""

from datetime import datetime
from typing import assert_never

from fotograma_kit.outbox import Outbox
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.domain import ExtractionStatus
from fotograma_video.extractions.commands import Commands
from fotograma_video.extractions.repository import ExtractionRepository
from fotograma_video.models import Extraction, OutboxMessage
from fotograma_video.videos.repository import VideoRepository

DISPATCH = "dispatch"
"""The notification that wakes the dispatcher."""


async def issue_stage(
    session: AsyncSession,
    outbox: Outbox[OutboxMessage],
    commands: Commands,
    extraction: Extraction,
    now: datetime,
) -> None:
    """Ask for the plan or for the assembly, whichever comes next."""
    video = await VideoRepository(session).get(extraction.video_id)
    extraction.issued_at = now
    status = extraction.status
    match status:
        case ExtractionStatus.PLANNING:
            command = commands.plan(extraction, video)
        case ExtractionStatus.ASSEMBLING:
            segments = await ExtractionRepository(session).segments(extraction.id)
            command = commands.assemble(extraction, video, list(segments))
        case (
            ExtractionStatus.EXTRACTING
            | ExtractionStatus.COMPLETED
            | ExtractionStatus.COMPLETED_WITH_WARNINGS
            | ExtractionStatus.FAILED
            | ExtractionStatus.CANCELLED
        ):
            raise AssertionError(f"nothing is asked of a worker in {status}")
        case _:
            assert_never(status)
    await outbox.add(session, command, traceparent=extraction.traceparent)
