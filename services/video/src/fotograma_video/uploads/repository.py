"""Rows of uploads in progress."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    delete,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_video.models import (
    Upload,
)


class UploadRepository:
    """Rows of uploads in progress."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, upload: Upload) -> None:
        """Add a new upload."""
        self._session.add(upload)

    async def find_direct(self, owner_id: UUID, upload_id: UUID) -> Upload | None:
        """The owner's upload, if the client sends it to S3 itself."""
        query = select(Upload).where(
            Upload.id == upload_id, Upload.owner_id == owner_id, Upload.part_bytes.is_not(None)
        )
        return await self._session.scalar(query)

    async def direct_of(self, owner_id: UUID, limit: int) -> Sequence[Upload]:
        """The owner's uploads that the client sends to S3 itself, the last used first."""
        query = select(Upload).where(
            Upload.owner_id == owner_id,
            Upload.part_bytes.is_not(None),
            Upload.s3_upload_id.is_not(None),
        )
        order = (Upload.expires_at.desc(), Upload.id)
        return (await self._session.scalars(query.order_by(*order).limit(limit))).all()

    async def opened(self, upload_id: UUID, s3_upload_id: str) -> None:
        """Store S3's id of the upload."""
        await self._session.execute(
            update(Upload).where(Upload.id == upload_id).values(s3_upload_id=s3_upload_id)
        )

    async def reopened(self, upload_id: UUID, earlier: str, s3_upload_id: str) -> bool:
        """Replace S3's id of the upload; False when it is not `earlier` any more."""
        result = await self._session.execute(
            update(Upload)
            .where(Upload.id == upload_id, Upload.s3_upload_id == earlier)
            .values(s3_upload_id=s3_upload_id)
            .returning(Upload.id)
        )
        return result.first() is not None

    async def keep_until(self, upload_id: UUID, expires_at: datetime) -> None:
        """Extend the upload's expiry."""
        await self._session.execute(
            update(Upload).where(Upload.id == upload_id).values(expires_at=expires_at)
        )

    async def remove(self, upload_id: UUID) -> bool:
        """Delete the upload's row; False when the janitor was faster."""
        result = await self._session.execute(
            delete(Upload).where(Upload.id == upload_id).returning(Upload.id)
        )
        return result.first() is not None

    async def direct_after(self, upload_id: UUID | None, limit: int) -> Sequence[Upload]:
        """Some uploads that clients send to S3 themselves: by their ids, those behind this one."""
        query = select(Upload).where(
            Upload.part_bytes.is_not(None), Upload.s3_upload_id.is_not(None)
        )
        if upload_id is not None:
            query = query.where(Upload.id > upload_id)
        return (await self._session.scalars(query.order_by(Upload.id).limit(limit))).all()

    async def expired(self, now: datetime) -> Sequence[Upload]:
        """Expired uploads, locked, at most a hundred."""
        query = select(Upload).where(Upload.expires_at < now).limit(100)
        return (await self._session.scalars(query.with_for_update(skip_locked=True))).all()
