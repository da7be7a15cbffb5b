"""The use case on pieces: assemble an archive, without ever holding it in memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fotograma_contracts.extractions import ArchiveAssemble, ArchiveAssembled, Piece
from fotograma_contracts.reasons import Reason
from fotograma_kit.s3 import MAX_PARTS, Bucket, MultipartUpload, ObjectMissing
from pydantic import ValidationError

from fotograma_worker.errors import Failure
from fotograma_worker.jobs.archive import ByteRange, CopyPart, Part, UploadedPart, plan_parts
from fotograma_worker.jobs.archive_draft import draft_archive
from fotograma_worker.jobs.at_once import at_once
from fotograma_worker.jobs.finishing import ArchiveFinisher, piece_lost
from fotograma_worker.jobs.pieces import PieceIndex

_INDEXES_AT_ONCE = 8
_READS_AT_ONCE = 4
_PARTS_AT_ONCE = 4
"""Copies S3 makes for one archive at once; as many joined parts of 10 MiB may be in memory."""


class AssemblyService:
    """Assembles archives from pieces."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._finisher = ArchiveFinisher(bucket)

    async def assemble(self, command: ArchiveAssemble) -> ArchiveAssembled:
        """Join the pieces into one archive, and read its directory back.

        Raises `Failure` where it cannot succeed, and `StoreUnavailable` where trying again may.
        """
        indexes = await at_once(_INDEXES_AT_ONCE, map(self._index_of, command.pieces))
        draft = await asyncio.to_thread(draft_archive, indexes, command.source, command)
        parts = plan_parts(draft.join.ranges, len(draft.tail))
        if len(parts) > MAX_PARTS:
            raise Failure(
                Reason.ARCHIVE_TOO_LARGE, "The archive would have more parts than S3 can store."
            )
        etag = await self._write(command, parts, draft.tail)
        archive = await self._finisher.finish(command.archive_key, etag, draft)
        return ArchiveAssembled(
            extraction_id=command.extraction_id, attempt=command.attempt, **dict(archive)
        )

    async def _index_of(self, piece: Piece) -> PieceIndex:
        try:
            index = PieceIndex.model_validate_json(
                await self._bucket.read(piece.index_key, piece.index_etag)
            )
        except (ObjectMissing, ValidationError) as error:
            raise piece_lost() from error
        if _described_bytes(index) != piece.size_bytes:
            raise piece_lost()
        return index

    async def _write(self, command: ArchiveAssemble, parts: Sequence[Part], tail: bytes) -> str:
        async with self._upload_to(command.archive_key) as upload:
            writes = (
                self._write_part(command.pieces, upload, upload.reserve(part.size), part, tail)
                for part in parts
            )
            await at_once(_PARTS_AT_ONCE, writes)
            return (await upload.complete()).etag

    @asynccontextmanager
    async def _upload_to(self, key: str) -> AsyncIterator[MultipartUpload]:
        """Start an upload, and abort it when the block fails."""
        upload = await self._bucket.start_upload(key, "application/zip")
        try:
            yield upload
        except BaseException:
            await upload.discard()
            raise

    async def _write_part(
        self,
        pieces: Sequence[Piece],
        upload: MultipartUpload,
        number: int,
        part: Part,
        tail: bytes,
    ) -> None:
        try:
            if isinstance(part, CopyPart):
                source, piece = part.source, pieces[part.source.piece]
                await upload.copy_part(number, piece.key, piece.etag, source.begin, source.end)
            else:
                await upload.upload_part(number, await self._joined(pieces, part, tail))
        except ObjectMissing as error:
            raise piece_lost() from error

    async def _joined(self, pieces: Sequence[Piece], part: UploadedPart, tail: bytes) -> bytes:
        reads = (self._read(pieces, source) for source in part.sources)
        chunks = await at_once(_READS_AT_ONCE, reads)
        return b"".join((*chunks, tail[part.tail_begin : part.tail_end]))

    async def _read(self, pieces: Sequence[Piece], source: ByteRange) -> bytes:
        piece = pieces[source.piece]
        return await self._bucket.read_range(piece.key, source.begin, source.size, piece.etag)


def _described_bytes(index: PieceIndex) -> int:
    """The size of the piece that an index describes; -1 when it contradicts itself."""
    end = 0
    for entry in index.entries:
        if entry.offset != end:
            return -1
        end = entry.end
    return end
