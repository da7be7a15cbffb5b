"""The ZIP that is put together from pieces, by the standard's and S3's rules."""

import io
import json
import zipfile
import zlib
from fractions import Fraction
from itertools import accumulate, pairwise

import pytest
from fotograma_archive.names import frame_name
from fotograma_archive.zips import local_header
from fotograma_contracts.extractions import Probe, Source
from fotograma_contracts.recipe import Origin, Recipe
from fotograma_kit.s3 import MAX_PART_BYTES, MIB, MIN_PART_BYTES
from fotograma_worker.jobs.archive import (
    COPY_PART_BYTES,
    ByteRange,
    CopyPart,
    Part,
    archive_tail,
    join_pieces,
    manifest,
    plan_parts,
)
from fotograma_worker.jobs.pieces import FrameEntry, PieceIndex, entry_for
from hypothesis import given
from hypothesis import strategies as st

GIB = 1 << 30
PROBE = Probe(
    container="mov", codec="h264", width=2, height=2, duration=Fraction(9), frame_rate=None
)
SOURCE = Source(key="k", etag="e", size_bytes=9, name="a.mp4", crc64nvme="AAAA")


def make_piece(frames: dict[int, bytes], samples: int = 1) -> tuple[bytes, PieceIndex]:
    """A piece of frames by their second; each answers `samples` times from that second on."""
    data = b""
    entries = []
    for second, body in frames.items():
        entry = entry_for(
            frame_name(Fraction(second), "png"),
            len(data),
            body,
            pts=second * 1000,
            time=Fraction(second),
            samples=tuple(second + Fraction(k, 10) for k in range(samples)),
        )
        data += local_header(entry.name, entry.crc32, entry.size) + body
        assert entry.end == len(data)
        entries.append(entry)
    return data, PieceIndex(engine={"av": "1"}, entries=tuple(entries))


def assemble(pieces: list[tuple[bytes, PieceIndex]]) -> bytes:
    join = join_pieces([index for _, index in pieces])
    contents = manifest(SOURCE, Recipe(), PROBE, [{"av": "1"}, {"av": "1"}], join.frames)
    tail = archive_tail(join, contents)
    return b"".join(pieces[r.piece][0][r.begin : r.end] for r in join.ranges) + tail


def test_archive_of_pieces_is_a_valid_zip() -> None:
    bodies = {n: bytes([n]) * (n * 100) for n in range(6)}
    pieces = [make_piece({n: bodies[n] for n in part}) for part in ((0, 1, 2), (), (3,), (4, 5))]
    with zipfile.ZipFile(io.BytesIO(assemble(pieces))) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names == [f"00-00-0{n}.000000.png" for n in range(6)] + ["manifest.json"]
        assert [archive.read(name) for name in names[:-1]] == list(bodies.values())
        info = archive.infolist()[0]
        assert info.date_time == (1980, 1, 1, 0, 0, 0)
        assert info.compress_type == zipfile.ZIP_STORED
        assert info.external_attr >> 16 == 0o100644
        described = json.loads(archive.read("manifest.json"))
        assert [frame["name"] for frame in described["frames"]] == names[:-1]
        assert described["source"] == {"name": "a.mp4", "size_bytes": 9, "crc64nvme": "AAAA"}
        assert described["engines"] == [{"av": "1"}]


def test_join_keeps_a_border_frame_once_with_all_its_samples() -> None:
    one = make_piece({1: b"one", 2: b"two"}, samples=5)
    data, index = make_piece({2: b"two", 3: b"three"}, samples=5)
    later = tuple(Fraction(5, 2) + Fraction(k, 10) for k in range(5))
    shifted = index.entries[0].model_copy(update={"samples": later})
    other = (data, index.model_copy(update={"entries": (shifted, index.entries[1])}))
    join = join_pieces([one[1], other[1]])
    assert [frame.name[6:8] for frame in join.frames] == ["01", "02", "03"]
    assert join.frames[1].samples == tuple(2 + Fraction(k, 10) for k in range(10))
    assert join.ranges[1] == ByteRange(1, shifted.end, len(data))
    with zipfile.ZipFile(io.BytesIO(assemble([one, other]))) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 4


def test_join_leaves_out_a_piece_that_only_repeats() -> None:
    one, two = make_piece({1: b"one"}), make_piece({1: b"one"})
    assert [r.piece for r in join_pieces([one[1], two[1]]).ranges] == [0]
    assert join_pieces([]).frames == ()


def test_manifest_has_exact_times() -> None:
    entry = entry_for(
        "00-00-00.033366.png",
        0,
        b"",
        pts=1001,
        time=Fraction(1001, 30000),
        samples=(Fraction(1, 20), Fraction(1)),
    )
    (frame,) = json.loads(manifest(SOURCE, Recipe(), PROBE, [], [entry]))["frames"]
    assert frame["time"] == "1001/30000"
    assert frame["samples"] == ["1/20", "1"]


@pytest.mark.parametrize(("origin", "start"), [("video", "0"), ("file", "251/50")])
def test_manifest_says_what_its_times_count_from(origin: str, start: str) -> None:
    recipe = Recipe(origin=Origin(origin))
    probe = PROBE.model_copy(update={"video_start": Fraction(start)})
    document = json.loads(manifest(SOURCE, recipe, probe, [], []))
    assert (document["origin"], document["video_start"]) == (origin, start)


# --- S3's rules -----------------------------------------------------------------------------------

sizes = st.lists(
    st.one_of(
        st.integers(1, 1000),
        st.integers(1, 12 * MIB),
        st.integers(MIN_PART_BYTES - 2, MIN_PART_BYTES + 2),
        st.integers(2 * MIN_PART_BYTES - 2, 2 * MIN_PART_BYTES + 2),
        st.integers(COPY_PART_BYTES - 2, COPY_PART_BYTES + 2),
        st.integers(MAX_PART_BYTES - 2, MAX_PART_BYTES + 2),
        st.integers(1, 30 * GIB),
    ),
    max_size=30,
)
tails = st.one_of(st.integers(22, 100_000), st.integers(22, 60 * MIB))


@given(sizes, st.integers(0, 1000), tails)
def test_plan_parts_keeps_the_limits_of_s3_and_loses_nothing(
    piece_sizes: list[int], begin: int, tail_size: int
) -> None:
    ranges = [ByteRange(i, begin, begin + size) for i, size in enumerate(piece_sizes)]
    parts = plan_parts(ranges, tail_size)
    for part in parts[:-1]:
        assert part.size >= MIN_PART_BYTES
    for part in parts:
        assert 0 < part.size <= MAX_PART_BYTES
        most = COPY_PART_BYTES if isinstance(part, CopyPart) else 2 * MIN_PART_BYTES - 1
        assert part.size <= most
    assert_same_bytes(ranges, tail_size, parts)


def assert_same_bytes(ranges: list[ByteRange], tail_size: int, parts: list[Part]) -> None:
    flat: list[tuple[int, int, int]] = []
    for part in parts:
        if isinstance(part, CopyPart):
            flat.append((part.source.piece, part.source.begin, part.source.end))
            continue
        flat += [(r.piece, r.begin, r.end) for r in part.sources]
        if part.tail_end > part.tail_begin:
            flat.append((-1, part.tail_begin, part.tail_end))
    merged: list[tuple[int, int, int]] = []
    for piece, begin, end in flat:
        if merged and merged[-1][0] == piece and merged[-1][2] == begin:
            merged[-1] = (piece, merged[-1][1], end)
        else:
            merged.append((piece, begin, end))
    wanted = [(r.piece, r.begin, r.end) for r in ranges] + [(-1, 0, tail_size)]
    assert merged == wanted


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=12), st.data())
def test_archive_is_the_same_for_any_cut(body_sizes: list[int], data: st.DataObject) -> None:
    frames = {n: bytes([n % 251]) * size for n, size in enumerate(body_sizes)}
    cuts = data.draw(st.lists(st.integers(0, len(frames)), max_size=4).map(sorted))
    borders = [0, *cuts, len(frames)]
    parts = [
        make_piece({n: frames[n] for n in range(first, last)}) for first, last in pairwise(borders)
    ]
    assert assemble(parts) == assemble([make_piece(frames)])


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=20))
def test_local_headers_agree_with_the_index(bodies: list[bytes]) -> None:
    data, index = make_piece(dict(enumerate(bodies)))
    assert [entry.offset for entry in index.entries] == list(
        accumulate((30 + 19 + len(body) for body in bodies[:-1]), initial=0)
    )
    for entry, body in zip(index.entries, bodies, strict=True):
        assert data[entry.offset :].startswith(b"PK\x03\x04")
        assert data[entry.end - entry.size : entry.end] == body
        assert entry.crc32 == zlib.crc32(body)
    assert isinstance(index.entries[0], FrameEntry)
