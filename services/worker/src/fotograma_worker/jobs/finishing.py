"""Finish an archive whose bytes are in S3: read it back, and write what lies beside it."""

import asyncio
from collections.abc import Awaitable, Iterator

from fotograma_archive.names import (
    frame_index_key,
    poster_key,
    sprite_sheet_name,
    sprite_sheets_prefix,
)
from fotograma_archive.zips import local_header
from fotograma_contracts.extractions import StoredArchive
from fotograma_contracts.reasons import Reason
from fotograma_kit.s3 import Bucket, ObjectMissing, StoreUnavailable

from fotograma_worker.errors import Failure
from fotograma_worker.jobs.archive import Join, frame_index, thumbnail_index
from fotograma_worker.jobs.archive_draft import ArchiveDraft
from fotograma_worker.jobs.at_once import at_once

_COPIES_AT_ONCE = 8
"""Copies of sprite sheets; each is a few hundred kilobytes."""
_CHECKS_AT_ONCE = 4
_CHECKED_BYTES = 8 << 20


class ArchiveFinisher:
    """Finishes archives, however they were written."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def finish(self, key: str, etag: str, draft: ArchiveDraft) -> StoredArchive:
        """Read the archive's directory back, and store its thumbnails and the list of its frames.

        Raises `Failure` where what it is made of is lost, and `StoreUnavailable` where it is not
        what was written.
        """
        _, thumbnails_key, poster, index_key = await asyncio.gather(
            self._check(key, etag, draft),
            self._keep_thumbnails(key, draft),
            self._keep_poster(key, draft),
            self._write_frame_index(key, draft),
        )
        return StoredArchive(
            archive_key=key,
            etag=etag,
            size_bytes=draft.size,
            frames=len(draft.join.frames),
            thumbnails_key=thumbnails_key,
            frame_index_key=index_key,
            sheets=len(draft.sheets),
            poster=poster,
            warnings=draft.warnings,
        )

    async def _check(self, key: str, etag: str, draft: ArchiveDraft) -> None:
        """Read back what shows whether the archive is whole: its size, everything behind the
        frames, and the header at each place where one piece meets the next.
        """
        try:
            await at_once(_CHECKS_AT_ONCE, self._checks(key, etag, draft))
        except ObjectMissing as error:
            raise StoreUnavailable(f"{key} is not what was written: {error}") from error

    def _checks(self, key: str, etag: str, draft: ArchiveDraft) -> Iterator[Awaitable[None]]:
        yield self._expect_size(key, etag, draft.size)
        for offset, expected in _known_bytes(draft):
            yield self._expect(key, etag, offset, expected)

    async def _expect_size(self, key: str, etag: str, expected: int) -> None:
        if await self._bucket.size(key, etag) != expected:
            raise StoreUnavailable(f"{key} has the wrong size")

    async def _expect(self, key: str, etag: str, offset: int, expected: bytes) -> None:
        if await self._bucket.read_range(key, offset, len(expected), etag) != expected:
            raise StoreUnavailable(f"{key} differs from what was written, at {offset}")

    async def _keep_thumbnails(self, key: str, draft: ArchiveDraft) -> str | None:
        """Copy the sheets beside the archive, and return the key of their index."""
        if not draft.sheets:
            return None
        prefix = sprite_sheets_prefix(key)
        names = [sprite_sheet_name(number) for number in range(len(draft.sheets))]
        copies = (
            self._copy(sheet.key, sheet.etag, prefix + name)
            for sheet, name in zip(draft.sheets, names, strict=True)
        )
        index = thumbnail_index(zip(names, draft.sheets, strict=True), draft.join)
        await asyncio.gather(
            at_once(_COPIES_AT_ONCE, copies),
            self._bucket.put(f"{prefix}index.json", index, "application/json"),
        )
        return f"{prefix}index.json"

    async def _keep_poster(self, key: str, draft: ArchiveDraft) -> bool:
        """Copy the poster beside the archive, if there is one."""
        if draft.poster is None:
            return False
        await self._copy(draft.poster.key, draft.poster.etag, poster_key(key))
        return True

    async def _copy(self, key: str, etag: str, to: str) -> None:
        try:
            await self._bucket.copy(key, etag, to)
        except ObjectMissing as error:
            raise piece_lost() from error

    async def _write_frame_index(self, key: str, draft: ArchiveDraft) -> str:
        index = await asyncio.to_thread(frame_index, draft.sheets, draft.join)
        index_key = frame_index_key(key)
        await self._bucket.put(index_key, index, "application/octet-stream")
        return index_key


def piece_lost() -> Failure:
    """The failure where a piece, or what lies beside it, is no longer there."""
    return Failure(
        Reason.PROCESSING_FAILED, "A part of the result was lost before it was put together."
    )


def _known_bytes(draft: ArchiveDraft) -> Iterator[tuple[int, bytes]]:
    """Offsets and bytes to be found there."""
    tail = draft.tail
    for begin in range(0, len(tail), _CHECKED_BYTES):
        yield draft.join.size + begin, tail[begin : begin + _CHECKED_BYTES]
    yield from _first_headers(draft.join)


def _first_headers(join: Join) -> Iterator[tuple[int, bytes]]:
    """Offset and local header of the first frame of each piece."""
    by_offset = {frame.offset: frame for frame in join.frames}
    offset = 0
    for part in join.ranges:
        frame = by_offset[offset]
        yield offset, local_header(frame.name, frame.crc32, frame.size)
        offset += part.size
