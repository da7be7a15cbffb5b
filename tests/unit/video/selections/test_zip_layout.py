"""The ZIP of some of an archive's frames: any selection, any of its bytes."""

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import groupby

import pytest
from fixtures.sparse import Sparse
from fotograma_archive.frame_index import Frame
from fotograma_archive.zips import ZipEntry, directory, local_header
from fotograma_video.domain import Run
from fotograma_video.selections.zip_layout import (
    ArchiveBytes,
    DirectoryLines,
    SelectionZip,
    directory_line,
    line_bytes,
)
from hypothesis import given
from hypothesis import strategies as st

GIB = 1 << 30
HOUR = 3600


def name_of(second: int) -> str:
    return f"{second // HOUR:02d}-{second // 60 % 60:02d}-{second % 60:02d}.000000.png"


def archive_of(bodies: Sequence[bytes], *, first_second: int = 0) -> tuple[bytes, list[Frame]]:
    """An archive's frames, a second apart, and the list of them."""
    data = b""
    frames = []
    for second, body in enumerate(bodies, first_second):
        crc = zlib.crc32(body)
        frames.append(Frame(name_of(second), len(data), len(body), crc, bytes(32), None))
        data += local_header(name_of(second), crc, len(body)) + body
        assert frames[-1].end == len(data)
    return data, frames


def runs_of(frames: Sequence[Frame], positions: Sequence[int]) -> Iterator[Run]:
    """Consecutive positions with lines of one length are a run."""
    offset = 0
    placed = []
    for position in positions:
        frame = frames[position]
        shift = offset - frame.offset
        placed.append((position, shift, line_bytes(frame, shift)))
        offset += frame.end - frame.offset
    for (_, length), group in groupby(placed, key=lambda item: (item[1], item[2])):
        members = [position for position, _, _ in group]
        begin, end = frames[members[0]].offset, frames[members[-1]].end
        yield Run(members[0], members[-1] + 1, begin, end, length)


def read(archive: bytes, frames: Sequence[Frame], zipped: SelectionZip, *bounds: int) -> bytes:
    """Carry out what a slice says."""
    data = b""
    for stretch in zipped.slice(*bounds):
        match stretch:
            case ArchiveBytes(begin, end):
                data += archive[begin:end]
            case DirectoryLines(first, last, shift, begin, end):
                lines = [directory_line(frame, shift) for frame in frames[first:last]]
                data += b"".join(lines)[begin:end]
            case bytes():
                data += stretch
    return data


@st.composite
def selections(draw: st.DrawFn) -> tuple[bytes, list[Frame], list[int]]:
    bodies = draw(st.lists(st.binary(max_size=40), min_size=1, max_size=12))
    # Around 100 hours names become longer.
    first_second = draw(st.sampled_from([0, 100 * HOUR - 5, 1000 * HOUR - 1]))
    positions = st.sets(st.integers(0, len(bodies) - 1), min_size=1).map(sorted)
    return *archive_of(bodies, first_second=first_second), draw(positions)


@given(selections(), st.data())
def test_zip_range_is_a_slice_of_the_whole(
    selection: tuple[bytes, list[Frame], list[int]], data: st.DataObject
) -> None:
    archive, frames, positions = selection
    zipped = SelectionZip(list(runs_of(frames, positions)))
    whole = read(archive, frames, zipped, 0, zipped.size)
    assert len(whole) == zipped.size
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == [frames[position].name for position in positions]
    begin = data.draw(st.integers(0, zipped.size))
    end = data.draw(st.integers(begin, zipped.size))
    assert read(archive, frames, zipped, begin, end) == whole[begin:end]


@given(selections(), st.data())
def test_zip_range_reads_nothing_beside_it(
    selection: tuple[bytes, list[Frame], list[int]], data: st.DataObject
) -> None:
    """Each byte that is asked of the archive is sent, and no line that is not in the range."""
    archive, frames, positions = selection
    zipped = SelectionZip(list(runs_of(frames, positions)))
    begin = data.draw(st.integers(0, zipped.size - 1))
    end = data.draw(st.integers(begin + 1, zipped.size))
    sizes = 0
    for stretch in zipped.slice(begin, end):
        match stretch:
            case ArchiveBytes(low, high):
                sizes += high - low
            case DirectoryLines(first, last, _, low, high):
                longest = max(line_bytes(frame, 0) for frame in frames)
                assert high - low > (last - first - 2) * longest
                sizes += high - low
            case bytes():
                sizes += len(stretch)
    assert sizes == end - begin
    assert len(archive) >= frames[-1].end


def huge(count: int, size: int, begin: int) -> list[Frame]:
    """Frames of an archive that nobody has the bytes of; the first one lies at `begin`."""
    frames = []
    for second in range(count):
        frames.append(Frame(name_of(second), begin, size, second, bytes(32), None))
        begin = frames[-1].end
    return frames


@pytest.mark.parametrize("begin", [0, 5 * 1024 * GIB])
@given(data=st.data())
def test_zip_offsets_beyond_4_gib_are_written_as_by_the_archive_writer(
    begin: int, data: st.DataObject
) -> None:
    """Offsets in the selection count, not those in the archive."""
    frames = huge(12, GIB - 70, begin)
    positions = data.draw(st.sets(st.integers(0, 11), min_size=1).map(sorted))
    zipped = SelectionZip(list(runs_of(frames, positions)))
    entries, offset = [], 0
    for position in positions:
        frame = frames[position]
        entries.append(ZipEntry(frame.name, offset, frame.size, frame.crc32))
        offset += frame.end - frame.offset
    expected = directory(entries, offset)
    assert zipped.size == offset + len(expected)
    tail = read(b"", frames, zipped, offset, zipped.size)
    assert tail == expected
    with zipfile.ZipFile(Sparse(zipped.size, tail)) as opened:
        assert [(i.filename, i.header_offset) for i in opened.infolist()] == [
            (entry.name, entry.offset) for entry in entries
        ]
    low = data.draw(st.integers(0, len(tail)))
    high = data.draw(st.integers(low, len(tail)))
    assert read(b"", frames, zipped, offset + low, offset + high) == tail[low:high]
