"""The ZIP of some of an archive's frames: which of its bytes come from where. Pure.

Frames that follow one another in the archive lie there as they would in the new one, headers and
all, so a selection is a few runs of the archive's bytes and a directory of its own behind them.
The size of everything is known from the runs alone, and so is where each byte comes from: a
download that broke off goes on without what precedes being read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from fotograma_archive.frame_index import Frame
from fotograma_archive.zips import ZipEntry, central_header, central_header_bytes, end_records

from fotograma_video.domain import Run


@dataclass(frozen=True, slots=True)
class ArchiveBytes:
    """The bytes `[begin, end)` of the archive."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class DirectoryLines:
    """The bytes `[begin, end)` of the directory's lines for the frames at `[first, last)`, whose
    offsets in the archive are changed by `shift`.
    """

    first: int
    last: int
    shift: int
    begin: int
    end: int


Stretch = ArchiveBytes | DirectoryLines | bytes
"""Bytes that follow one another in the ZIP, and where they come from."""


def line_bytes(frame: Frame, shift: int) -> int:
    """The length of a frame's line, with its offset in the archive changed by `shift`."""
    return central_header_bytes(frame.name, frame.offset + shift)


def directory_line(frame: Frame, shift: int) -> bytes:
    """That line."""
    return central_header(ZipEntry(frame.name, frame.offset + shift, frame.size, frame.crc32))


class SelectionZip:
    """The ZIP of `runs`, which are in order and do not overlap."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = runs
        self._begins = list(accumulate((run.end - run.begin for run in runs), initial=0))
        """Where each run begins in the ZIP, and the directory behind them."""
        lines = sum(run.line_bytes * (run.last - run.first) for run in runs)
        self.frames = sum(run.last - run.first for run in runs)
        self._end_records = end_records(self.frames, lines, self._begins[-1])
        self.size = self._begins[-1] + lines + len(self._end_records)

    def slice(self, begin: int, end: int) -> Iterator[Stretch]:
        """Where the bytes `[begin, end)` of the ZIP come from, in order."""
        offset = 0
        for stretch, size in self._stretches():
            low, high = max(begin - offset, 0), min(end - offset, size)
            if low < high:
                yield _cut(stretch, low, high)
            offset += size

    def _stretches(self) -> Iterator[tuple[Stretch, int]]:
        for run in self._runs:
            yield ArchiveBytes(run.begin, run.end), run.end - run.begin
        for run, offset in zip(self._runs, self._begins, strict=False):  # the last is no run's
            size = run.line_bytes * (run.last - run.first)
            yield DirectoryLines(run.first, run.last, offset - run.begin, 0, size), size
        yield self._end_records, len(self._end_records)


def _cut(stretch: Stretch, low: int, high: int) -> Stretch:
    """The bytes `[low, high)` of a stretch that begins at its beginning."""
    match stretch:
        case ArchiveBytes(begin, _):
            return ArchiveBytes(begin + low, begin + high)
        case DirectoryLines(first, last, shift, _, size):
            width = size // (last - first)
            before, behind = low // width, -(-high // width)
            skipped = before * width
            return DirectoryLines(
                first + before, first + behind, shift, low - skipped, high - skipped
            )
        case bytes():
            return stretch[low:high]
