"""Deletes abandoned uploads, swept prefixes, expired selections, old keys, messages and records.

And ends uploads of which the store holds far more than was reserved.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from fotograma_kit.database import Database
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.dead_commands import DeadCommandRepository
from fotograma_video.errors import StorageUnavailable
from fotograma_video.extractions.repository import ExtractionRepository
from fotograma_video.idempotency import IdempotencyRepository
from fotograma_video.models import Sweep, Upload
from fotograma_video.object_keys import archives_prefix, extraction_of_pieces
from fotograma_video.selections.repository import SelectionRepository
from fotograma_video.settings import VideoSettings
from fotograma_video.storage import Storage
from fotograma_video.sweeps import SweepRepository, delete_full_buckets, delete_received_messages
from fotograma_video.uploads.repository import UploadRepository

log = structlog.get_logger(__name__)

INBOX_DAYS = 7
"""Longer than any message can be under way."""
WEIGHED_AT_ONCE = 20
"""Direct uploads that one round asks the store about; the next round goes on behind them."""
TIMES_RESERVED = 2
"""How much of an upload a store may hold: some keep a part that is sent again beside the first."""
FAILED_SWEEPS = 3
"""So many in a row are S3's trouble rather than theirs: the others wait for the next round."""


class Janitor:
    """Each round is harmless to repeat, and to run beside another replica's."""

    def __init__(
        self,
        database: Database,
        storage: Storage,
        settings: VideoSettings,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._storage = storage
        self._settings = settings
        self._now = now
        self._weighed: UUID | None = None

    async def tidy(self) -> None:
        """One round. Raises `DatabaseUnavailable`."""
        await self._remove_abandoned()
        await self._remove_overfull()
        await self._sweep_all()
        await self._delete_outdated()

    async def _remove_abandoned(self) -> None:
        now = self._now()
        async with self._database.transaction() as session:
            uploads = UploadRepository(session)
            for upload in await uploads.expired(now):
                log.info("upload abandoned", upload_id=str(upload.id))
                await uploads.remove(upload.id)
                SweepRepository(session).add(upload.key, now)

    async def _remove_overfull(self) -> None:
        """End direct uploads that hold far more than they reserved.

        The address of a part takes a body of its size only; this is for where that was not so.
        """
        async with self._database.transaction() as session:
            found = await UploadRepository(session).direct_after(self._weighed, WEIGHED_AT_ONCE)
        self._weighed = found[-1].id if len(found) == WEIGHED_AT_ONCE else None
        for upload in found:
            try:
                parts = await self._storage.parts(upload.key, upload.s3_upload_id or "") or ()
            except StorageUnavailable as error:
                log.warning("uploads not weighed", error=str(error))
                return
            stored = sum(part.size_bytes for part in parts)
            if stored > TIMES_RESERVED * upload.reserved_bytes:
                log.warning("upload holds too much", upload_id=str(upload.id), stored=stored)
                await self._remove(upload)

    async def _remove(self, upload: Upload) -> None:
        async with self._database.transaction() as session:
            if await UploadRepository(session).remove(upload.id):
                SweepRepository(session).add(upload.key, self._now())

    async def _sweep_all(self) -> None:
        failures = 0
        while failures < FAILED_SWEEPS and (swept := await self._sweep_one()) is not None:
            failures = 0 if swept else failures + 1

    async def _sweep_one(self) -> bool | None:
        """Sweep the prefix that is due longest; its row goes only when S3 has confirmed.

        False for one that failed: it is put behind all that is due now. None when nothing is due.
        """
        async with self._database.transaction() as session:
            sweeps = SweepRepository(session)
            sweep = await sweeps.due(self._now())
            if sweep is None:
                return None
            swept = await self._sweep(session, sweep)
            if swept:
                await sweeps.remove(sweep)
            else:
                sweep.due_at = self._now() + timedelta(seconds=self._settings.janitor_seconds)
            return swept

    async def _sweep(self, session: AsyncSession, sweep: Sweep) -> bool:
        try:
            gone = await self._storage.sweep(sweep.prefix)
            gone += await self._sweep_lost_archives(session, sweep.prefix)
        except StorageUnavailable as error:
            log.warning("not swept", prefix=sweep.prefix, error=str(error))
            return False
        log.info("swept", prefix=sweep.prefix, objects=gone)
        return True

    async def _sweep_lost_archives(self, session: AsyncSession, prefix: str) -> int:
        """With the pieces of a complete extraction, delete the archives that are not its own: their
        runs came too late, or were killed before they could tell.
        """
        ids = extraction_of_pieces(prefix)
        accepted = ids and await ExtractionRepository(session).archive_key(ids[1])
        if ids is None or accepted is None:
            return 0
        return await self._storage.sweep(archives_prefix(*ids), accepted)

    async def _delete_outdated(self) -> None:
        now = self._now()
        keys_since = now - timedelta(seconds=self._settings.video_idempotency_seconds)
        dead_since = now - timedelta(days=self._settings.video_dead_letter_days)
        async with self._database.transaction() as session:
            await IdempotencyRepository(session).delete_expired(keys_since)
            await SelectionRepository(session).delete_expired(now)
            await DeadCommandRepository(session).delete_before(dead_since)
            await delete_received_messages(session, now - timedelta(days=INBOX_DAYS))
            await delete_full_buckets(session, now)
