"""From what a user selects to the runs of an archive's frames, whatever the list's length."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import pytest
from fotograma_archive.frame_index import RECORD_BYTES, Frame, pack_frame
from fotograma_video.errors import UnknownFrames
from fotograma_video.frames import frame_list
from fotograma_video.frames.frame_list import FrameBlocks, FrameList
from fotograma_video.selections.service import FrameSelection, Span, _merged, _runs, _wanted_spans
from fotograma_video.selections.zip_layout import SelectionZip, line_bytes
from hypothesis import given
from hypothesis import strategies as st

GIB = 1 << 30
HOUR = 3600


class StoredList:
    """A list of frames in memory; counts what is read of it."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self._data = b"".join(map(pack_frame, frames))
        self.bytes_read = 0

    async def read(self, _key: str, begin: int, end: int) -> bytes:
        self.bytes_read += end - begin
        return self._data[begin:end]


def listed(frames: Sequence[Frame]) -> FrameList:
    return FrameList(FrameBlocks(StoredList(frames).read), "key", len(frames))


def frames_of(count: int, *, size: int = 10, begin: int = 0, first_second: int = 0) -> list[Frame]:
    """Frames two seconds apart."""
    frames = []
    for second in range(first_second, first_second + 2 * count, 2):
        name = f"{second // HOUR:02d}-{second // 60 % 60:02d}-{second % 60:02d}.000000.png"
        frames.append(Frame(name, begin, size, second, bytes(32), None))
        begin = frames[-1].end
    return frames


def spans(most: int) -> st.SearchStrategy[list[Span]]:
    return st.lists(st.tuples(st.integers(0, most), st.integers(0, most)), max_size=4)


def stepping(most: int) -> st.SearchStrategy[list[range]]:
    place = st.integers(0, most)
    return st.lists(st.builds(range, place, place, st.integers(1, 7)), max_size=4)


@given(stepping(60), spans(120), st.lists(st.integers(0, 49), max_size=5))
async def test_selection_is_every_frame_in_one_of_its_parts(
    positions: list[range], seconds: list[Span], named: list[int]
) -> None:
    frames = frames_of(50)
    wanted = FrameSelection(
        names=[frames[n].name for n in named],
        times_us=[(begin * 1_000_000, end * 1_000_000) for begin, end in seconds],
        positions=positions,
    )
    merged = _merged(await _wanted_spans(listed(frames), wanted))
    expected = {
        *named,
        *(n for each in positions for n in each if n < 50),
        *(n for begin, end in seconds for n in range(50) if begin <= 2 * n < end),
    }
    assert [n for first, last in merged for n in range(first, last)] == sorted(expected)
    assert all(a[1] < b[0] for a, b in pairwise(merged))


def test_selection_has_a_part_for_each_frame_that_stands_alone() -> None:
    wanted = FrameSelection(["a.png"], [(0, 1)], [range(100), range(0, 2**31, 3), range(9, 4, 2)])
    assert wanted.parts(100) == 1 + 1 + 1 + 34


@pytest.mark.parametrize(
    "name", ["00-00-01.000000.png", "00-00-02.000000.jpg", "99-00-00.000000.png", "", "x" * 64]
)
async def test_selection_of_unknown_names_is_refused_with_them(name: str) -> None:
    with pytest.raises(UnknownFrames) as refused:
        await _wanted_spans(
            listed(frames_of(3)), FrameSelection(names=["00-00-02.000000.png", name])
        )
    (error,) = refused.value.extensions.pop("errors")
    assert (error["field"], error["code"]) == ("body.names.1", "not_a_choice")
    assert refused.value.extensions == {"names": [name], "count": 1}


@given(
    st.sampled_from([(10, 0), (GIB - 70, 0), (GIB - 70, 5 * 1024 * GIB)]),
    st.sampled_from([0, 100 * HOUR - 10]),
    st.sets(st.integers(0, 19), min_size=1).map(sorted),
)
async def test_run_has_directory_lines_of_one_length(
    lie: tuple[int, int], first_second: int, positions: list[int]
) -> None:
    """Where offsets and names become longer, another run begins; nothing is lost."""
    size, begin = lie
    frames = frames_of(20, size=size, begin=begin, first_second=first_second)
    runs = await _runs(listed(frames), _merged([(n, n + 1) for n in positions]))
    assert [n for run in runs for n in range(run.first, run.last)] == positions
    offset = 0
    for run in runs:
        shift = offset - run.begin
        assert (run.begin, run.end) == (frames[run.first].offset, frames[run.last - 1].end)
        for frame in frames[run.first : run.last]:
            assert line_bytes(frame, shift) == run.line_bytes
        offset += run.end - run.begin
    assert SelectionZip(runs).frames == len(positions)


async def test_frame_list_finds_a_name_in_few_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_list, "BLOCK_FRAMES", 16)
    frames = frames_of(20_000)
    stored = StoredList(frames)
    many = FrameList(FrameBlocks(stored.read), "key", len(frames))
    for position in (0, 7_777, 19_999):
        assert await many.find(frames[position].name) == position
    assert stored.bytes_read <= 3 * 12 * 16 * RECORD_BYTES


async def test_frame_blocks_keep_the_last_used_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(frame_list, "BLOCK_FRAMES", 2)
    monkeypatch.setattr(frame_list, "_BLOCKS_KEPT", 3)
    frames = frames_of(10)
    stored = StoredList(frames)
    few = FrameList(FrameBlocks(stored.read), "key", len(frames))
    for position in (0, 1, 2, 3, 4, 5, 0):
        assert await few.at(position) == frames[position]
    assert stored.bytes_read == 6 * RECORD_BYTES
    await few.at(6)  # the one used longest ago, 2 and 3, goes
    await few.at(0)
    assert stored.bytes_read == 8 * RECORD_BYTES
    await few.at(2)
    assert stored.bytes_read == 10 * RECORD_BYTES


@pytest.mark.parametrize("kind", ["names", "positions"])
async def test_selection_of_many_parts_lets_other_tasks_run(kind: str) -> None:
    frames = frames_of(3_000)
    wanted = FrameSelection(
        names=[frame.name for frame in frames] if kind == "names" else [],
        positions=[range(0, 3_000, 2)] if kind == "positions" else [],
    )
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    waiting = asyncio.create_task(others())
    await _runs(listed(frames), _merged(await _wanted_spans(listed(frames), wanted)))
    waiting.cancel()
    assert turns >= 1_000
