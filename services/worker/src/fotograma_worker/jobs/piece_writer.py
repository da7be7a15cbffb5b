"""Write a segment's frames to S3 as they arrive: a piece, and what lies beside it.

A piece to which an archive's tail is appended is that archive.
"""

import secrets
from collections import deque

from fotograma_archive.names import archive_name, frame_name
from fotograma_archive.zips import local_header
from fotograma_contracts.extractions import (
    MAX_LIVE_SHEETS,
    LiveSheet,
    Piece,
    SegmentExtract,
    ShortSegmentExtract,
)
from fotograma_contracts.reasons import Reason
from fotograma_contracts.recipe import ImageFormat
from fotograma_kit.object_writer import ObjectWriter
from fotograma_kit.s3 import MIB, Bucket

from fotograma_worker.decoding.port import EncodedSpriteSheet, ExtractReport
from fotograma_worker.errors import Failure
from fotograma_worker.jobs.at_once import at_once
from fotograma_worker.jobs.pieces import (
    FrameEntry,
    PieceIndex,
    PosterEntry,
    SpriteSheetEntry,
    entry_for,
)
from fotograma_worker.protocol import EncodedFrame

SegmentCommand = SegmentExtract | ShortSegmentExtract
_FIRST_PART_BYTES = 8 * MIB
"""So that of a short clip little is left to be sent when its last frame comes."""


class PieceWriter:
    """Writes frames to a piece as they arrive."""

    def __init__(self, bucket: Bucket, command: SegmentCommand, part_bytes: int) -> None:
        self._bucket = bucket
        self._index = command.index
        self._format: ImageFormat = command.output.format
        self._max_bytes = command.limits.max_archive_bytes
        self._prefix = command.output_prefix
        # A redelivered command must not overwrite what was accepted meanwhile.
        run = secrets.token_hex(4)
        self._stem = f"{command.output_prefix}{command.index:05d}.{command.attempt}.{run}"
        self._key, content_type = _destination(command, self._stem)
        self._object = ObjectWriter(
            bucket,
            self._key,
            content_type,
            part_bytes=min(_FIRST_PART_BYTES, part_bytes),
            most_bytes=part_bytes,
        )
        self._size = 0
        self._sheets: list[SpriteSheetEntry] = []
        self.entries: list[FrameEntry] = []
        self.newest_sheets: deque[LiveSheet] = deque(maxlen=MAX_LIVE_SHEETS)

    async def add(self, frame: EncodedFrame) -> None:
        """Append a frame. Raises `Failure` when the piece alone exceeds an archive's limit."""
        name = frame_name(frame.time, self._format)
        entry = entry_for(
            name,
            self._size,
            frame.data,
            pts=frame.pts,
            time=frame.time,
            samples=frame.samples,
        )
        if entry.end > self._max_bytes:
            raise Failure(
                Reason.ARCHIVE_TOO_LARGE,
                f"The frames take more than {self._max_bytes / 1e9:,.1f} GB, which is the most an "
                "archive may have. Choose fewer or smaller frames, or JPEG.",
            )
        await self._object.write(local_header(name, entry.crc32, entry.size), frame.data)
        self.entries.append(entry)
        self._size = entry.end

    async def add_sheet(self, sheet: EncodedSpriteSheet) -> None:
        """Store a sprite sheet beside the piece."""
        key = f"{self._stem}.{len(self._sheets):05d}.jpg"
        stored = await self._bucket.put(key, sheet.data, "image/jpeg")
        header = sheet.header
        self._sheets.append(SpriteSheetEntry(key=key, etag=stored.etag, **header.model_dump()))
        self.newest_sheets.append(
            LiveSheet(
                name=key.removeprefix(self._prefix),
                columns=header.columns,
                tile_width=header.tile_width,
                tile_height=header.tile_height,
                tiles=len(header.pts),
            )
        )

    async def describe(self, report: ExtractReport) -> PieceIndex:
        """Store the poster, and return the index of all frames."""
        return PieceIndex(
            engine=report.engine,
            entries=tuple(self.entries),
            sheets=tuple(self._sheets),
            poster=None if report.poster is None else await self._store_poster(report.poster),
        )

    async def close(self, index: PieceIndex, tail: bytes = b"") -> Piece:
        """Finish the piece, with an archive's tail behind it, and write its index."""
        await self._object.write(tail)
        index_key = f"{self._stem}.index.json"
        stored, stored_index = await at_once(
            2,
            (
                self._object.close(),
                self._bucket.put(index_key, index.model_dump_json().encode(), "application/json"),
            ),
        )
        return Piece(
            index=self._index,
            key=self._key,
            etag=stored.etag,
            size_bytes=self._size,
            index_key=index_key,
            index_etag=stored_index.etag,
            frames=len(self.entries),
            samples_answered=sum(len(entry.samples) for entry in self.entries),
        )

    async def _store_poster(self, data: bytes) -> PosterEntry:
        key = f"{self._stem}.poster.jpg"
        stored = await self._bucket.put(key, data, "image/jpeg")
        return PosterEntry(key=key, etag=stored.etag)

    async def abort(self) -> None:
        """Abort the unfinished upload."""
        await self._object.abort()


def _destination(command: SegmentCommand, stem: str) -> tuple[str, str]:
    """The key and the content type of what a command is to write."""
    if command.archive is None:
        return f"{stem}.piece", "application/octet-stream"
    name = archive_name(command.attempt, secrets.token_urlsafe(16))
    return f"{command.archive.key_prefix}{name}", "application/zip"
