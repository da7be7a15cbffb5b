"""The use case on pieces: assemble an archive, without ever holding it in memory."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import islice

from fotograma_archive.names import (
    frame_index_key,
    poster_key,
    sprite_sheet_name,
    sprite_sheets_prefix,
)
from fotograma_archive.zips import local_header
from fotograma_contracts.extractions import ArchiveAssemble, ArchiveAssembled, Piece
from fotograma_contracts.reasons import ExtractionWarning, Reason, WarningCode
from fotograma_kit.s3 import MAX_PARTS, Bucket, MultipartUpload, ObjectMissing, StoreUnavailable
from pydantic import ValidationError

from fotograma_worker.errors import Failure
from fotograma_worker.jobs.archive import (
    ByteRange,
    CopyPart,
    Join,
    Part,
    UploadedPart,
    archive_tail,
    frame_index,
    join_pieces,
    manifest,
    plan_parts,
    thumbnail_index,
)
from fotograma_worker.jobs.pieces import PieceIndex, SpriteSheetEntry
from fotograma_worker.planning.wanted_frames import missing_times_warning

_PARTS_AT_ONCE = 4
"""Copies S3 makes for one archive at once; as many joined parts of 10 MiB may be in memory."""
_COPIES_AT_ONCE = 8
"""Copies of sprite sheets; each is a few hundred kilobytes."""
_CHECKED_BYTES = 8 << 20


class AssemblyService:
    """Assembles archives from pieces."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def assemble(self, command: ArchiveAssemble) -> ArchiveAssembled:
        """Join the pieces into one archive, and read its directory back.

        Raises `Failure` where it cannot succeed, and `StoreUnavailable` where trying again may.
        """
        indexes = [await self._index_of(piece) for piece in command.pieces]
        join = await asyncio.to_thread(join_pieces, indexes)
        if not join.frames:
            raise Failure(
                Reason.DAMAGED, "The video is damaged: none of the wanted frames can be decoded."
            )
        tail = await asyncio.to_thread(_tail_of, command, join, indexes)
        parts = plan_parts(join.ranges, len(tail))
        if len(parts) > MAX_PARTS:
            raise Failure(
                Reason.ARCHIVE_TOO_LARGE, "The archive would have more parts than S3 can store."
            )
        etag = await self._write(command, parts, tail)
        size = join.size + len(tail)
        await self._check(command.archive_key, etag, join, tail)
        sheets = [sheet for index in indexes for sheet in index.sheets]
        thumbnails = await self._keep_thumbnails(command.archive_key, sheets, join)
        poster = await self._keep_poster(command.archive_key, indexes)
        index = await asyncio.to_thread(frame_index, sheets, join)
        index_key = frame_index_key(command.archive_key)
        await self._bucket.put(index_key, index, "application/octet-stream")
        return ArchiveAssembled(
            extraction_id=command.extraction_id,
            attempt=command.attempt,
            archive_key=command.archive_key,
            etag=etag,
            size_bytes=size,
            frames=len(join.frames),
            thumbnails_key=thumbnails,
            frame_index_key=index_key,
            sheets=len(sheets),
            poster=poster,
            warnings=tuple(_warnings(command, join)),
        )

    async def _keep_thumbnails(
        self, archive_key: str, sheets: Sequence[SpriteSheetEntry], join: Join
    ) -> str | None:
        """Copy the sheets beside the archive, and return the key of their index."""
        prefix = sprite_sheets_prefix(archive_key)
        if not sheets:
            return None
        names = [sprite_sheet_name(number) for number in range(len(sheets))]
        remaining = iter(zip(sheets, names, strict=True))
        try:
            while batch := list(islice(remaining, _COPIES_AT_ONCE)):
                copies = (self._bucket.copy(s.key, s.etag, prefix + name) for s, name in batch)
                await asyncio.gather(*copies)
        except ObjectMissing as error:
            raise _piece_lost() from error
        index = thumbnail_index(zip(names, sheets, strict=True), join)
        await self._bucket.put(f"{prefix}index.json", index, "application/json")
        return f"{prefix}index.json"

    async def _keep_poster(self, archive_key: str, indexes: Sequence[PieceIndex]) -> bool:
        """Copy the poster of the middle of the video beside the archive, if there is one."""
        posters = [index.poster for index in indexes if index.poster is not None]
        if not posters:
            return False
        poster = posters[len(posters) // 2]
        try:
            await self._bucket.copy(poster.key, poster.etag, poster_key(archive_key))
        except ObjectMissing as error:
            raise _piece_lost() from error
        return True

    async def _index_of(self, piece: Piece) -> PieceIndex:
        try:
            index = PieceIndex.model_validate_json(
                await self._bucket.read(piece.index_key, piece.index_etag)
            )
        except (ObjectMissing, ValidationError) as error:
            raise _piece_lost() from error
        if _described_bytes(index) != piece.size_bytes:
            raise _piece_lost()
        return index

    async def _write(self, command: ArchiveAssemble, parts: Sequence[Part], tail: bytes) -> str:
        async with self._upload_to(command.archive_key) as upload:
            remaining = iter(parts)
            while batch := list(islice(remaining, _PARTS_AT_ONCE)):
                numbers = [upload.reserve(part.size) for part in batch]
                writes = [
                    self._write_part(command.pieces, upload, number, part, tail)
                    for number, part in zip(numbers, batch, strict=True)
                ]
                for outcome in await asyncio.gather(*writes, return_exceptions=True):
                    if isinstance(outcome, BaseException):
                        raise outcome
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
            raise _piece_lost() from error

    async def _joined(self, pieces: Sequence[Piece], part: UploadedPart, tail: bytes) -> bytes:
        chunks = [await self._read(pieces, source) for source in part.sources]
        return b"".join((*chunks, tail[part.tail_begin : part.tail_end]))

    async def _read(self, pieces: Sequence[Piece], source: ByteRange) -> bytes:
        piece = pieces[source.piece]
        return await self._bucket.read_range(piece.key, source.begin, source.size, piece.etag)

    async def _check(self, key: str, etag: str, join: Join, tail: bytes) -> None:
        """Read back what shows whether the archive is whole: its size, everything behind the
        frames, and the header at each place where one piece meets the next.
        """
        try:
            if await self._bucket.size(key, etag) != join.size + len(tail):
                raise StoreUnavailable(f"{key} has the wrong size")
            for begin in range(0, len(tail), _CHECKED_BYTES):
                expected = tail[begin : begin + _CHECKED_BYTES]
                await self._expect(key, etag, join.size + begin, expected)
            for offset, header in _first_headers(join):
                await self._expect(key, etag, offset, header)
        except ObjectMissing as error:
            raise StoreUnavailable(f"{key} is not what was written: {error}") from error

    async def _expect(self, key: str, etag: str, offset: int, expected: bytes) -> None:
        if await self._bucket.read_range(key, offset, len(expected), etag) != expected:
            raise StoreUnavailable(f"{key} differs from what was written, at {offset}")


def _tail_of(command: ArchiveAssemble, join: Join, indexes: Iterable[PieceIndex]) -> bytes:
    engines = [index.engine for index in indexes]
    contents = manifest(command.source, command.recipe, command.probe, engines, join.frames)
    return archive_tail(join, contents)


def _described_bytes(index: PieceIndex) -> int:
    """The size of the piece that an index describes; -1 when it contradicts itself."""
    end = 0
    for entry in index.entries:
        if entry.offset != end:
            return -1
        end = entry.end
    return end


def _first_headers(join: Join) -> Iterator[tuple[int, bytes]]:
    """Offset and local header of the first frame of each piece."""
    by_offset = {frame.offset: frame for frame in join.frames}
    offset = 0
    for part in join.ranges:
        frame = by_offset[offset]
        yield offset, local_header(frame.name, frame.crc32, frame.size)
        offset += part.size


def _warnings(command: ArchiveAssemble, join: Join) -> Iterator[ExtractionWarning]:
    yield from command.probe.warnings
    late = missing_times_warning(command.recipe, command.probe)
    if late is not None:
        yield late
    if command.sample_count is None:
        return
    missing = command.sample_count - sum(len(frame.samples) for frame in join.frames)
    if missing > 0:
        yield ExtractionWarning(
            code=WarningCode.SAMPLES_MISSING,
            detail=f"{missing:,} of {command.sample_count:,} sample times have no frame, "
            "because the video is damaged there.",
        )


def _piece_lost() -> Failure:
    return Failure(
        Reason.PROCESSING_FAILED, "A part of the result was lost before it was put together."
    )
