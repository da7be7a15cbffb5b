"""Uploads in progress, and the requests that must not be carried out twice."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    and_,
    delete,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.models import (
    IdempotencyKey,
    Upload,
)


class UploadRepository:
    """Uploads in progress, and the requests that must not be carried out twice."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, upload: Upload) -> None:
        """Reserve."""
        self._session.add(upload)

    async def find_direct(self, owner_id: UUID, upload_id: UUID) -> Upload | None:
        """The owner's upload, if the client sends it to S3 itself."""
        query = select(Upload).where(
            Upload.id == upload_id, Upload.owner_id == owner_id, Upload.part_bytes.is_not(None)
        )
        return await self._session.scalar(query)

    async def opened(self, upload_id: UUID, s3_upload_id: str) -> None:
        """S3 has opened the upload."""
        await self._session.execute(
            update(Upload).where(Upload.id == upload_id).values(s3_upload_id=s3_upload_id)
        )

    async def reopened(self, upload_id: UUID, earlier: str, s3_upload_id: str) -> bool:
        """S3 has opened it anew; False when it is not as it was `earlier` any more."""
        result = await self._session.execute(
            update(Upload)
            .where(Upload.id == upload_id, Upload.s3_upload_id == earlier)
            .values(s3_upload_id=s3_upload_id)
            .returning(Upload.id)
        )
        return result.first() is not None

    async def keep_until(self, upload_id: UUID, expires_at: datetime) -> None:
        """The upload is alive."""
        await self._session.execute(
            update(Upload).where(Upload.id == upload_id).values(expires_at=expires_at)
        )

    async def remove(self, upload_id: UUID) -> bool:
        """Forget the upload; False when the janitor took it before."""
        result = await self._session.execute(
            delete(Upload).where(Upload.id == upload_id).returning(Upload.id)
        )
        return result.first() is not None

    async def expired(self, now: datetime) -> Sequence[Upload]:
        """Uploads that are given up."""
        query = select(Upload).where(Upload.expires_at < now).limit(100)
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

    async def heard(self, record: IdempotencyKey, now: datetime) -> None:
        """The request that holds the key is alive."""
        await self._session.execute(
            self._where(update(IdempotencyKey), record).values(heard_at=now)
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
