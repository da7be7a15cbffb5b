"""The container's index says what reading every packet says, and costs little."""

import struct
from pathlib import Path

import numpy as np
import pytest
from fixtures.clips import make_clip, truncate
from fixtures.extraction import MAX_PIXELS, scan_file
from fixtures.sample_tables import Edit, rewrite_samples, write_edits
from fixtures.sizes import few
from fixtures.zoo import ZOO
from fotograma_worker.engine.boxes import read_movie
from fotograma_worker.engine.media import open_video, rewind
from fotograma_worker.engine.mp4 import SampleTimes, has_several_edits, read_sample_times
from fotograma_worker.engine.packets import PacketTable, read_packet_index, read_packet_table
from fotograma_worker.engine.scanning import scan
from fotograma_worker.protocol import ChildLimits, ScanJob

INDEXED = [
    name
    for name in ZOO
    if name.endswith((".mp4", ".mov")) and not any(x in name for x in ("fragmented", "edit-list"))
]


def _both(path: Path) -> tuple[PacketTable | None, PacketTable]:
    with path.open("rb") as file:
        video = open_video(file, MAX_PIXELS)
        movie = read_movie(file)
        index = None if movie is None else read_packet_index(video, movie, path.stat().st_size)
        rewind(video)
        table = read_packet_table(video)
        video.container.close()
    return index, table


@pytest.mark.parametrize("name", INDEXED)
def test_packet_index_equals_the_packets(name: str, tmp_path: Path) -> None:
    index, table = _both(ZOO[name](tmp_path / name))
    assert index is not None
    assert np.array_equal(index.timestamps, table.timestamps)
    assert np.array_equal(index.keyframes, table.keyframes)
    assert (index.end, index.furthest_end) == (table.end, table.furthest_end)


@pytest.mark.parametrize(
    "name", ["h264-fragmented.mp4", "h264-edit-list.mp4", "h264-open-gop.mkv", "mjpeg.avi"]
)
def test_packet_index_is_none_where_it_may_be_wrong(name: str, tmp_path: Path) -> None:
    index, table = _both(ZOO[name](tmp_path / name))
    assert index is None
    assert len(table)


def test_packet_index_beyond_the_end_of_the_file_is_none(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "cut.mp4", seconds=10, noise=20, faststart=True)
    index, table = _both(truncate(clip, 0.5))
    assert index is None
    assert 0 < len(table) < 250


class CountingFile:
    """Counts the bytes that are read."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self.bytes_read = 0

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self.bytes_read += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()


@pytest.mark.parametrize("faststart", few([True, False], 1))
def test_scan_of_an_mp4_reads_little_of_it(tmp_path: Path, *, faststart: bool) -> None:
    path = make_clip(
        tmp_path / "big.mp4", seconds=60, fps=10, noise=40, faststart=faststart, audio=1
    )
    size = path.stat().st_size
    assert size > 8 << 20
    file = CountingFile(path)
    limits = ChildLimits(memory_bytes=0, cpu_seconds=0, max_pixels=MAX_PIXELS)
    result = scan(file, ScanJob(size_bytes=size, limits=limits))
    file.close()
    assert len(result.timestamps) == 600
    assert file.bytes_read < size / 5
    assert scan_file(path).duration == 60


def _sample_times(path: Path) -> SampleTimes | None:
    with path.open("rb") as file:
        movie = read_movie(file)
        return None if movie is None else read_sample_times(movie, 1)


@pytest.mark.parametrize(
    ("box", "patch"),
    [
        (b"stts", struct.pack(">II", 0, 0xFFFFFFFF)),
        (b"ctts", struct.pack(">II", 0, 1)),
        (b"stbl", struct.pack(">I4s", 1 << 30, b"stts")),
        (b"mdia", struct.pack(">I4s", 3, b"mdhd")),
        (b"stts", struct.pack(">IIII", 0, 1, 0xFFFFFFFF, 1)),
    ],
)
def test_sample_times_of_a_broken_table_are_none(tmp_path: Path, box: bytes, patch: bytes) -> None:
    path = make_clip(tmp_path / "a.mp4", seconds=1)
    data = bytearray(path.read_bytes())
    at = data.index(box) + 4
    data[at : at + len(patch)] = patch
    path.write_bytes(data)
    assert _sample_times(path) is None


EMPTY, ONE, TWO = Edit(-1, 512), Edit(0, 512), Edit(1024, 512)


@pytest.mark.parametrize(
    ("edits", "rows", "are_several"),
    [
        ([ONE], 1, False),
        ([EMPTY, ONE], 2, False),
        ([ONE, TWO], 2, True),
        ([EMPTY, ONE, TWO], 3, True),
        ([ONE, TWO], 1000, False),
    ],
    ids=["one", "empty and one", "two", "empty and two", "cut"],
)
def test_several_edits_are_those_that_show_something(
    tmp_path: Path, edits: list[Edit], rows: int, *, are_several: bool
) -> None:
    path = make_clip(tmp_path / "a.mp4", seconds=1)
    write_edits(rewrite_samples(path, lambda samples: samples), edits)
    data = bytearray(path.read_bytes())
    struct.pack_into(">I", data, data.index(b"elst") + 8, rows)
    path.write_bytes(data)
    with path.open("rb") as file:
        movie = read_movie(file)
    assert movie is not None
    assert has_several_edits(movie, 1) is are_several


@pytest.mark.parametrize(
    "content", [b"", b"\0\0\0\x08free", b"\0\0\0\0mdat", b"\0\0\0\1moov" + b"\xff" * 8]
)
def test_sample_times_of_no_mp4_are_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    assert _sample_times(path) is None
