"""Join pieces into one ZIP: the ranges to copy, the manifest, and the directory.

Pure functions; the numbers are those of S3's multipart upload.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fotograma_archive.frame_index import Frame, Tile, pack_frame
from fotograma_archive.names import MANIFEST_NAME
from fotograma_archive.zips import ZipEntry, directory, local_header
from fotograma_contracts.extractions import Probe, Source
from fotograma_contracts.recipe import Recipe
from fotograma_kit.s3 import MIB, MIN_PART_BYTES

from fotograma_worker.jobs.pieces import FrameEntry, PieceIndex, SpriteSheetEntry

COPY_PART_BYTES = 512 * MIB
"""The most that one call copies: a copy of 5 GiB may exceed the time-out of a call. Ten thousand of
them are still 4.8 TiB."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes `[begin, end)` of one of the pieces, by its position in the list of pieces."""

    piece: int
    begin: int
    end: int

    @property
    def size(self) -> int:
        """In bytes."""
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class Join:
    """The pieces' frames as one archive: the ranges to be put together, and what is in them.

    `frames` have their offsets in the archive.
    """

    ranges: tuple[ByteRange, ...]
    frames: tuple[FrameEntry, ...]

    @property
    def size(self) -> int:
        """Bytes of all ranges."""
        return sum(part.size for part in self.ranges)


@dataclass(frozen=True, slots=True)
class CopyPart:
    """A part that S3 copies from a piece."""

    source: ByteRange

    @property
    def size(self) -> int:
        """In bytes."""
        return self.source.size


@dataclass(frozen=True, slots=True)
class UploadedPart:
    """A part that is read from pieces and uploaded: ranges, then the bytes `[begin, end)` of the
    tail.
    """

    sources: tuple[ByteRange, ...]
    tail_begin: int = 0
    tail_end: int = 0

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(part.size for part in self.sources) + self.tail_end - self.tail_begin


Part = CopyPart | UploadedPart


def join_pieces(indexes: Sequence[PieceIndex]) -> Join:
    """Put pieces in order. A frame that ends one piece and begins the next is kept once.

    Two segments answer with the same frame where one frame answers the last sample time of the
    one and the first of the other.
    """
    ranges: list[ByteRange] = []
    frames: list[FrameEntry] = []
    offset = 0
    for number, index in enumerate(indexes):
        entries = list(index.entries)
        while entries and frames and entries[0].pts == frames[-1].pts:
            frames[-1] = _merged(frames[-1], entries.pop(0))
        if not entries:
            continue
        begin, end = entries[0].offset, entries[-1].end
        ranges.append(ByteRange(number, begin, end))
        shift = offset - begin
        frames.extend(
            entry.model_copy(update={"offset": entry.offset + shift}) for entry in entries
        )
        offset += end - begin
    return Join(tuple(ranges), tuple(frames))


def _merged(frame: FrameEntry, duplicate: FrameEntry) -> FrameEntry:
    samples = tuple(sorted({*frame.samples, *duplicate.samples}))
    return frame.model_copy(update={"samples": samples})


def manifest(
    source: Source,
    recipe: Recipe,
    probe: Probe,
    engines: Iterable[dict[str, str]],
    frames: Iterable[FrameEntry],
) -> bytes:
    """`manifest.json`: no ids, no clock; the same frames give the same bytes."""
    document: dict[str, Any] = {
        "source": {
            "name": source.name,
            "size_bytes": source.size_bytes,
            "crc64nvme": source.crc64nvme,
        },
        "video": {
            **probe.model_dump(mode="json"),
            "warnings": [
                {"code": warning.code, "detail": warning.detail} for warning in probe.warnings
            ],
        },
        "origin": recipe.origin,
        "video_start": None if probe.video_start is None else _decimal(probe.video_start),
        "recipe": recipe.model_dump(mode="json"),
        "engines": _distinct(engines),
        "frames": [_manifest_frame(frame) for frame in frames],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def thumbnail_index(sheets: Iterable[tuple[str, SpriteSheetEntry]], join: Join) -> bytes:
    """The place of each frame on the sprite sheets, which are listed by file name.

    Tiles are counted from 0, `columns` to a row; a tile that repeats a frame, where one piece meets
    the next, has no name.
    """
    names = {frame.pts: frame.name for frame in join.frames}
    document = {
        "sheets": [
            {
                "file": file,
                "columns": sheet.columns,
                "tile_width": sheet.tile_width,
                "tile_height": sheet.tile_height,
                "frames": [names.pop(pts, None) for pts in sheet.pts],
            }
            for file, sheet in sheets
        ]
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def frame_index(sheets: Iterable[SpriteSheetEntry], join: Join) -> bytes:
    """The list of the archive's frames, each with the place of its thumbnail if it has one."""
    tiles = _tiles(sheets)
    return b"".join(
        pack_frame(
            Frame(
                name=frame.name,
                offset=frame.offset,
                size=frame.size,
                crc32=frame.crc32,
                sha256=bytes.fromhex(frame.sha256),
                tile=tiles.get(frame.pts),
            )
        )
        for frame in join.frames
    )


def _tiles(sheets: Iterable[SpriteSheetEntry]) -> dict[int, Tile]:
    """The place of each thumbnail, by its frame's timestamp: the first one, where a frame that
    ends one piece and begins the next has two.
    """
    tiles: dict[int, Tile] = {}
    for number, sheet in enumerate(sheets):
        for i, pts in enumerate(sheet.pts):
            row, column = divmod(i, sheet.columns)
            x, y = column * sheet.tile_width, row * sheet.tile_height
            tiles.setdefault(pts, Tile(number, x, y, sheet.tile_width, sheet.tile_height))
    return tiles


def _manifest_frame(frame: FrameEntry) -> dict[str, Any]:
    return {
        "name": frame.name,
        "pts": frame.pts,
        "time": _decimal(frame.time),
        "size_bytes": frame.size,
        "sha256": frame.sha256,
        "samples": [_decimal(time) for time in frame.samples],
    }


def _decimal(seconds: Fraction) -> str:
    """Write seconds exactly: as a whole number or a fraction such as `1001/30000`."""
    return str(seconds)


def _distinct(engines: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """The distinct engines: usually one, several while a new version is being rolled out."""
    seen = {json.dumps(engine, sort_keys=True) for engine in engines}
    return [json.loads(engine) for engine in sorted(seen)]


def archive_tail(join: Join, manifest_bytes: bytes) -> bytes:
    """What follows the frames: the manifest's entry and the directory."""
    crc = zlib.crc32(manifest_bytes)
    header = local_header(MANIFEST_NAME, crc, len(manifest_bytes))
    entries = (
        *(ZipEntry(f.name, f.offset, f.size, f.crc32) for f in join.frames),
        ZipEntry(MANIFEST_NAME, join.size, len(manifest_bytes), crc),
    )
    directory_offset = join.size + len(header) + len(manifest_bytes)
    return header + manifest_bytes + directory(entries, directory_offset)


def plan_parts(ranges: Iterable[ByteRange], tail_size: int) -> list[Part]:
    """Cut ranges and a tail into the parts of one multipart upload.

    What is long enough is copied within S3. What is shorter than a part may be is joined with the
    bytes that follow it, to parts of less than 10 MiB; the tail goes with the last of them.
    """
    parts: list[Part] = []
    short: list[ByteRange] = []
    for part in ranges:
        rest = _join_short(short, part, parts)
        if rest is not None:
            parts.extend(_copies(rest))
    parts.extend(_tail_parts(tuple(short), tail_size))
    return parts


def _join_short(short: list[ByteRange], part: ByteRange, parts: list[Part]) -> ByteRange | None:
    """Complete the waiting short ranges from the front of `part`; return what may be copied."""
    waiting = sum(waiting.size for waiting in short)
    if not waiting and part.size >= MIN_PART_BYTES:
        return part
    if waiting + part.size < MIN_PART_BYTES:
        short.append(part)
        return None
    borrowed = MIN_PART_BYTES - waiting
    rest = ByteRange(part.piece, part.begin + borrowed, part.end)
    if rest.size < MIN_PART_BYTES:
        borrowed, rest = part.size, ByteRange(part.piece, part.end, part.end)
    joined = (*short, ByteRange(part.piece, part.begin, part.begin + borrowed))
    parts.append(UploadedPart(joined))
    short.clear()
    return rest if rest.size else None


def _copies(part: ByteRange) -> Iterator[CopyPart]:
    """Cut a range into nearly equal parts to copy."""
    count = -(-part.size // COPY_PART_BYTES)
    for i in range(count):
        begin = part.begin + part.size * i // count
        end = part.begin + part.size * (i + 1) // count
        yield CopyPart(ByteRange(part.piece, begin, end))


def _tail_parts(short: tuple[ByteRange, ...], tail_size: int) -> Iterator[UploadedPart]:
    waiting = sum(part.size for part in short)
    begin = 0
    while waiting + tail_size - begin >= 2 * MIN_PART_BYTES:
        end = begin + MIN_PART_BYTES - waiting
        yield UploadedPart(short, begin, end)
        begin, short, waiting = end, (), 0
    yield UploadedPart(short, begin, tail_size)
