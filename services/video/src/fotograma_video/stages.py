"""Issuing the command of the stage an extraction is in."""

from datetime import datetime

from fotograma_kit.outbox import Outbox
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.commands import Commands
from fotograma_video.domain import ExtractionStatus
from fotograma_video.models import Extraction, OutboxMessage
from fotograma_video.repository import ExtractionRepository, VideoRepository

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
    if extraction.status is ExtractionStatus.PLANNING:
        command = commands.plan(extraction, video)
    else:
        segments = await ExtractionRepository(session).segments(extraction.id)
        command = commands.assemble(extraction, video, list(segments))
    await outbox.add(session, command, traceparent=extraction.traceparent)
