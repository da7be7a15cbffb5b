"""Some of an archive's frames as an archive of their own, which is never stored."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from fotograma_archive.frame_index import Frame
from fotograma_kit.database import Database
from fotograma_kit.field_errors import FieldError

from fotograma_video.domain import Run
from fotograma_video.errors import (
    EmptySelection,
    SelectionNotFound,
    SelectionTooLarge,
    UnknownFrames,
)
from fotograma_video.frames.frame_list import FrameList
from fotograma_video.frames.service import Archive
from fotograma_video.frames.streaming import read_ahead
from fotograma_video.models import Selection
from fotograma_video.selections.repository import SelectionRepository
from fotograma_video.selections.zip_layout import (
    ArchiveBytes,
    DirectoryLines,
    SelectionZip,
    directory_line,
    line_bytes,
)
from fotograma_video.settings import VideoSettings
from fotograma_video.storage import Storage

_LINES_BYTES = 64 * 1024
"""Bytes of a directory made at a time, about ten milliseconds: then other tasks run."""
_UNKNOWN_TOLD = 10
"""How many of the names that do not exist an answer repeats."""

Span = tuple[int, int]
"""From a position, or a time in microseconds, to before another."""


@dataclass(frozen=True, slots=True)
class FrameSelection:
    """Frames to select: all that are named, or in one of the ranges."""

    names: Sequence[str] = ()
    times_us: Sequence[Span] = ()
    positions: Sequence[range] = ()

    def parts(self, count: int) -> int:
        """Names and ranges, of `count` frames; positions that do not follow one another are a range
        each.
        """
        ranges = (len(_within(each, count)) if each.step > 1 else 1 for each in self.positions)
        return len(self.names) + len(self.times_us) + sum(ranges)


class Selections:
    """Stores what a selection contains; its bytes are read from the archive."""

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

    async def create(self, owner_id: UUID, archive: Archive, wanted: FrameSelection) -> Selection:
        """Store a selection. Deletes the user's oldest one where there are too many.

        Raises `SelectionTooLarge`, `UnknownFrames`, `EmptySelection`, `ArchiveGone` or
        `StorageUnavailable`.
        """
        limit = self._settings.video_max_selection_parts
        if wanted.parts(archive.frames.count) > limit:
            raise SelectionTooLarge(
                f"At most {limit} names and ranges.",
                field_limit=limit,
                limit=limit,
                which="selection_parts",
            )
        spans = _merged(await _wanted_spans(archive.frames, wanted))
        if not spans:
            raise EmptySelection(field_limit=1)
        now = self._now()
        selection = Selection(
            id=uuid4(),
            extraction_id=archive.extraction_id,
            owner_id=owner_id,
            runs=tuple(await _runs(archive.frames, spans)),
            created_at=now,
            expires_at=now + timedelta(seconds=self._settings.video_selection_seconds),
        )
        async with self._database.transaction() as session:
            selections = SelectionRepository(session)
            await selections.keep_newest(owner_id, self._settings.video_max_selections - 1)
            selections.add(selection)
        return selection

    async def find(self, archive: Archive, selection_id: UUID) -> SelectionZip:
        """Raises `SelectionNotFound`."""
        async with self._database.transaction() as session:
            selection = await SelectionRepository(session).find(archive.extraction_id, selection_id)
        if selection is None or selection.expires_at <= self._now():
            raise SelectionNotFound
        return SelectionZip(selection.runs)

    async def read(
        self, archive: Archive, selection: SelectionZip, begin: int, end: int
    ) -> AsyncGenerator[bytes, None]:
        """The bytes `[begin, end)` of the selection's ZIP.

        Raises `ArchiveGone` or `StorageUnavailable`.
        """
        ranges: list[Span] = []
        behind: list[DirectoryLines | bytes] = []
        for stretch in selection.slice(begin, end):
            if isinstance(stretch, ArchiveBytes):
                ranges.append((stretch.begin, stretch.end))
            else:
                behind.append(stretch)
        read = partial(self._storage.read, archive.key)
        async with aclosing(read_ahead(read, ranges)) as chunks:
            async for chunk in chunks:
                yield chunk
        for stretch in behind:
            if isinstance(stretch, bytes):
                yield stretch
            else:
                async for chunk in _directory(archive.frames, stretch):
                    yield chunk


async def _wanted_spans(frames: FrameList, wanted: FrameSelection) -> list[Span]:
    """Positions from … to before …, in any order. Raises `UnknownFrames`."""
    spans = [span for each in wanted.positions for span in _spans(_within(each, frames.count))]
    for begin, end in wanted.times_us:
        spans.append((await frames.position_at(begin), await frames.position_at(end)))
    unknown = []
    # In order, so that names that lie together are looked for in the same blocks.
    for name in sorted(wanted.names):
        await asyncio.sleep(0)  # what is found without reading must not block other tasks
        position = await frames.find(name)
        if position is None:
            unknown.append(name)
        else:
            spans.append((position, position + 1))
    if unknown:
        raise _unknown(wanted, unknown)
    return spans


def _within(positions: range, count: int) -> range:
    """Those of the positions that `count` frames have."""
    return range(positions.start, min(positions.stop, count), positions.step)


def _spans(positions: range) -> list[Span]:
    if positions.step == 1:
        return [(positions.start, positions.stop)]
    return [(position, position + 1) for position in positions]


def _unknown(wanted: FrameSelection, names: Sequence[str]) -> UnknownFrames:
    told = names[:_UNKNOWN_TOLD]
    errors = [
        FieldError(
            field=f"{UnknownFrames.field}.{wanted.names.index(name)}",
            code=UnknownFrames.field_code,
            detail="There is no frame of this name.",
        )
        for name in told
    ]
    return UnknownFrames(errors=errors, names=told, count=len(names))


def _merged(spans: Iterable[Span]) -> list[Span]:
    """The same positions, once and in order."""
    merged: list[Span] = []
    for first, last in sorted(span for span in spans if span[0] < span[1]):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


async def _runs(frames: FrameList, spans: Iterable[Span]) -> list[Run]:
    """The runs of frames at the given positions, in order."""
    runs: list[Run] = []
    offset = 0
    for first, last in spans:
        await asyncio.sleep(0)  # as above
        shift = offset - (await frames.at(first)).offset
        position = first
        while position < last:
            run = await _first_run(frames, position, last, shift)
            runs.append(run)
            position = run.last
            offset += run.end - run.begin
    return runs


async def _first_run(frames: FrameList, first: int, last: int, shift: int) -> Run:
    """The run that begins a span. Lines become longer where names do, and at 4 GiB."""
    begin = await frames.at(first)
    length = line_bytes(begin, shift)

    def is_longer(frame: Frame) -> bool:
        return line_bytes(frame, shift) > length

    if is_longer(await frames.at(last - 1)):
        last = await frames.first_where(is_longer, first, last)
    return Run(first, last, begin.offset, (await frames.at(last - 1)).end, length)


async def _directory(frames: FrameList, lines: DirectoryLines) -> AsyncGenerator[bytes, None]:
    """The bytes that a stretch of the directory's lines asks for."""
    buffer = bytearray()
    left = lines.end - lines.begin
    skipped = lines.begin
    async for frame in frames.between(lines.first, lines.last):
        buffer += directory_line(frame, lines.shift)
        if len(buffer) > _LINES_BYTES:
            chunk = bytes(buffer[skipped : skipped + left])
            left -= len(chunk)
            skipped = 0
            buffer.clear()
            yield chunk
    yield bytes(buffer[skipped : skipped + left])
