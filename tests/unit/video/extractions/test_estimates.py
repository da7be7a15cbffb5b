"""How long an extraction will still take, from how long it has taken."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from fotograma_video.domain import SegmentStatus
from fotograma_video.extractions.estimates import SegmentTiming, Work, seconds_left, work_of
from hypothesis import assume, given
from hypothesis import strategies as st

BEGAN = datetime(2030, 1, 1, tzinfo=UTC)
FRAMES = 10

statuses = st.sampled_from(SegmentStatus)
seconds = st.floats(0, 1e6)
moments = st.none() | st.floats(-1e6, 1e6).map(lambda s: BEGAN + timedelta(seconds=s))


def segment(
    index: int,
    status: SegmentStatus,
    issued_at: datetime | None = BEGAN,
    work_seconds: float = 30.0,
) -> SegmentTiming:
    return SegmentTiming(UUID(int=0), index, status, issued_at, FRAMES, work_seconds)


@st.composite
def extractions(draw: st.DrawFn) -> tuple[list[SegmentTiming], dict[int, int]]:
    """Segments in any state, consistent or not, and the frames reported of them."""
    count = draw(st.integers(0, 12))
    segments = [
        segment(index, draw(statuses), draw(moments), draw(seconds)) for index in range(count)
    ]
    return segments, {index: draw(st.integers(0, 3 * FRAMES)) for index in range(count)}


def estimate(
    segments: Iterable[SegmentTiming], after: float, frames: dict[int, int] | None = None
) -> float | None:
    done = frames or {}
    work = work_of(segments, BEGAN, lambda index: done.get(index, 0))
    return seconds_left(work, BEGAN + timedelta(seconds=after))


@given(extractions(), st.floats(-1e6, 1e6))
def test_seconds_left_is_never_negative_and_none_only_before_anything_is_done(
    extraction: tuple[list[SegmentTiming], dict[int, int]], after: float
) -> None:
    segments, frames = extraction
    work = work_of(segments, BEGAN, frames.__getitem__)
    left = seconds_left(work, BEGAN + timedelta(seconds=after))
    if left is None:
        assert work.left > 0
        assert work.since is None or work.done == 0
    else:
        assert left >= 0


@given(
    workers=st.integers(1, 8),
    rounds_done=st.integers(1, 20),
    rounds_left=st.integers(0, 20),
    work_seconds=st.floats(0.1, 1e4),
    real_seconds=st.floats(0.1, 1e4),
)
def test_seconds_left_is_exact_for_equal_segments(
    workers: int, rounds_done: int, rounds_left: int, work_seconds: float, real_seconds: float
) -> None:
    """Whatever the planner took a segment's work for, and however many workers share it."""
    done, left = workers * rounds_done, workers * rounds_left
    segments = [
        segment(index, SegmentStatus.EXTRACTED, work_seconds=work_seconds) for index in range(done)
    ] + [segment(done + index, SegmentStatus.WAITING, None, work_seconds) for index in range(left)]
    found = estimate(segments, rounds_done * real_seconds)
    assert found == pytest.approx(rounds_left * real_seconds, rel=1e-4)  # clocks have microseconds


@given(extractions(), st.floats(1, 1e6), st.sampled_from([0.5, 2.0, 1024.0]))
def test_seconds_left_does_not_depend_on_the_unit_of_work(
    extraction: tuple[list[SegmentTiming], dict[int, int]], after: float, factor: float
) -> None:
    segments, frames = extraction
    assume(all(s.work_seconds == 0 or s.work_seconds > 1e-200 for s in segments))
    scaled = [
        SegmentTiming(
            s.extraction_id,
            s.index,
            s.status,
            s.issued_at,
            s.frames_at_most,
            s.work_seconds * factor,
        )
        for s in segments
    ]
    first, second = estimate(segments, after, frames), estimate(scaled, after, frames)
    assert second == (None if first is None else pytest.approx(first))


def test_seconds_left_is_none_before_anything_is_done() -> None:
    assert estimate([segment(0, SegmentStatus.WAITING, None)], 60) is None
    assert estimate([segment(0, SegmentStatus.DISPATCHED)], 60) is None


def test_seconds_left_counts_frames_of_running_segments() -> None:
    assert estimate([segment(0, SegmentStatus.DISPATCHED)], 60, {0: 5}) == pytest.approx(60)


def test_seconds_left_is_at_least_the_longest_segment() -> None:
    """Four have done eleven segments and a half in a minute; the last one's rest is not shared."""
    done = [segment(index, SegmentStatus.EXTRACTED) for index in range(8)]
    running = [segment(8 + index, SegmentStatus.DISPATCHED) for index in range(4)]
    frames = {8: 9, 9: 9, 10: 9, 11: 1}
    work = work_of([*done, *running], BEGAN, lambda index: frames.get(index, 0))
    assert work.workers == 4
    assert work.longest == pytest.approx(27)
    shared = 60 * work.left / work.done
    alone = 60 * work.longest * 4 / work.done
    assert shared < alone
    assert estimate([*done, *running], 60, frames) == pytest.approx(alone)


def test_seconds_left_ignores_work_of_earlier_runs() -> None:
    yesterday = BEGAN - timedelta(days=1)
    segments = [
        segment(0, SegmentStatus.EXTRACTED, yesterday),
        segment(1, SegmentStatus.DISPATCHED),
    ]
    assert estimate(segments, 60) is None
    assert estimate(segments, 60, {1: 5}) == pytest.approx(60)


def test_seconds_left_is_zero_when_everything_is_extracted() -> None:
    assert estimate([segment(0, SegmentStatus.EXTRACTED)], 60) == 0
    assert seconds_left(Work(None, 0, 0, 0, 1), BEGAN) == 0
