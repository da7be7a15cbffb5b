"""Idempotency-Key: a request that is sent twice is carried out once.

The key belongs to a user and a route for a day. While the first request runs, a second is told
so; afterwards it gets the first one's result, if it asks for the same.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fotograma_kit.database import Database
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.errors import KeyInFlight, KeyReused
from fotograma_video.models import IdempotencyKey
from fotograma_video.settings import VideoSettings
from fotograma_video.uploads.repository import IdempotencyRepository

MAX_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Claim:
    """A key this request holds, or whose request was carried out before."""

    record: IdempotencyKey
    earlier_fingerprint: str | None = None
    earlier_result: UUID | None = None

    def earlier(self, fingerprint: str) -> UUID | None:
        """The earlier request's result. Raises `KeyReused` when it asked for something else."""
        if self.earlier_result is not None and fingerprint != self.earlier_fingerprint:
            raise KeyReused
        return self.earlier_result


class Idempotency:
    """The keys of all users."""

    def __init__(self, database: Database, settings: VideoSettings) -> None:
        self._database = database
        self._stale = timedelta(seconds=settings.video_upload_abandoned_seconds)

    async def claim(self, owner_id: UUID, route: str, key: str, now: datetime) -> Claim:
        """Raises `KeyInFlight` while another request holds the key."""
        record = IdempotencyKey(owner_id=owner_id, route=route, key=key, heard_at=now)
        async with self._database.transaction() as session:
            holder = await IdempotencyRepository(session).claim(record, now - self._stale)
        if holder is None:
            return Claim(record)
        if holder.fingerprint is None:
            raise KeyInFlight
        return Claim(record, holder.fingerprint, holder.result_id)

    async def complete(
        self, session: AsyncSession, claim: Claim, fingerprint: str, result_id: UUID
    ) -> None:
        """In the transaction that carries the request out."""
        await IdempotencyRepository(session).complete(claim.record, fingerprint, result_id)

    async def heard(self, session: AsyncSession, claim: Claim, now: datetime) -> None:
        """The request is still being handled."""
        await IdempotencyRepository(session).heard(claim.record, now)

    @asynccontextmanager
    async def held(self, claim: Claim | None) -> AsyncIterator[None]:
        """Carry the request out in the block: where it fails, its key may be used again."""
        try:
            yield
        except BaseException:
            if claim is not None:
                # Whoever broke the request off may break this off, too: the key is freed anyway.
                await asyncio.shield(self._release(claim))
            raise

    async def _release(self, claim: Claim) -> None:
        async with self._database.transaction() as session:
            await IdempotencyRepository(session).release(claim.record)
