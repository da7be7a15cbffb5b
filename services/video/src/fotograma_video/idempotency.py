"""Idempotency-Key: a request that is sent twice is carried out once.

The key belongs to a user and a route for a day. While the first request runs, a second is
refused; afterwards it gets the first one's result, if its fingerprint is the same.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fotograma_kit.database import Database
from sqlalchemy import and_, delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.errors import KeyInFlight, KeyReused
from fotograma_video.models import IdempotencyKey
from fotograma_video.settings import VideoSettings


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
    """Claims keys for requests and stores their results."""

    def __init__(self, database: Database, settings: VideoSettings) -> None:
        self._database = database
        self._stale = timedelta(seconds=settings.video_upload_abandoned_seconds)

    async def claim(self, owner_id: UUID, route: str, key: str, now: datetime) -> Claim:
        """Raises `KeyInFlight` while another request holds the key."""
        record = IdempotencyKey(owner_id=owner_id, route=route, key=key, heartbeat_at=now)
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
        """Store the result, in the transaction that carries the request out."""
        await IdempotencyRepository(session).complete(claim.record, fingerprint, result_id)

    async def heartbeat(self, session: AsyncSession, claim: Claim, now: datetime) -> None:
        """Record that the request is still running."""
        await IdempotencyRepository(session).heartbeat(claim.record, now)

    @asynccontextmanager
    async def held(self, claim: Claim | None) -> AsyncIterator[None]:
        """Carry the request out in the block: where it fails, its key may be used again."""
        try:
            yield
        except BaseException:
            if claim is not None:
                # A second cancellation must not leave the key claimed.
                await asyncio.shield(self._release(claim))
            raise

    async def _release(self, claim: Claim) -> None:
        async with self._database.transaction() as session:
            await IdempotencyRepository(session).release(claim.record)


class IdempotencyRepository:
    """Requests by their Idempotency-Key."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def claim(self, record: IdempotencyKey, stale_since: datetime) -> IdempotencyKey | None:
        """Claim the key, or return its holder. A holder without a heartbeat since then is dead."""
        values = {
            "owner_id": record.owner_id,
            "route": record.route,
            "key": record.key,
            "heartbeat_at": record.heartbeat_at,
        }
        statement = (
            insert(IdempotencyKey)
            .values(values)
            .on_conflict_do_update(
                index_elements=["owner_id", "route", "key"],
                set_={"heard_at": record.heartbeat_at},
                where=and_(
                    IdempotencyKey.fingerprint.is_(None), IdempotencyKey.heartbeat_at < stale_since
                ),
            )
        )
        taken = (await self._session.execute(statement.returning(IdempotencyKey.key))).first()
        if taken is not None:
            return None
        return await self._session.get(IdempotencyKey, (record.owner_id, record.route, record.key))

    async def complete(self, record: IdempotencyKey, fingerprint: str, result_id: UUID) -> None:
        """Store the request's result."""
        await self._session.execute(
            self._where(update(IdempotencyKey), record).values(
                fingerprint=fingerprint, result_id=result_id
            )
        )

    async def heartbeat(self, record: IdempotencyKey, now: datetime) -> None:
        """Extend the claim of the request that holds the key."""
        await self._session.execute(
            self._where(update(IdempotencyKey), record).values(heartbeat_at=now)
        )

    async def release(self, record: IdempotencyKey) -> None:
        """Free the key of a failed request."""
        await self._session.execute(
            self._where(delete(IdempotencyKey), record).where(IdempotencyKey.fingerprint.is_(None))
        )

    async def delete_expired(self, since: datetime) -> None:
        """Delete keys whose time is over."""
        await self._session.execute(
            delete(IdempotencyKey).where(IdempotencyKey.heartbeat_at < since)
        )

    @staticmethod
    def _where(statement: Any, record: IdempotencyKey) -> Any:
        return statement.where(
            IdempotencyKey.owner_id == record.owner_id,
            IdempotencyKey.route == record.route,
            IdempotencyKey.key == record.key,
        )
