"""Which frame answers which sample time."""

from fractions import Fraction

import pytest
from fotograma_contracts.samples import SampleGrid, SampleSpan
from fotograma_worker.sampling import Clock, SpanChooser, TimesChooser, chooser_for
from hypothesis import given
from hypothesis import strategies as st

seconds = st.fractions(min_value=0, max_value=100_000, max_denominator=1_000_000)


@given(st.integers(-(10**12), 10**12), st.integers(0, 10**12), st.integers(1, 10**6), seconds)
def test_clock_is_exact_within_its_tolerance(
    first: int, ticks: int, rate: int, first_at: Fraction
) -> None:
    clock = Clock(Fraction(1, rate), first, first_at)
    time = clock.seconds(first + ticks)
    assert clock.last_timestamp_at(time) == clock.first_timestamp_at(time) == first + ticks
    a_little = clock.tolerance / 1000
    for earlier in (clock.tolerance, clock.tolerance - a_little):
        assert clock.last_timestamp_at(time - earlier) == first + ticks
        assert clock.last_timestamp_at(time + earlier - a_little) == first + ticks
    assert clock.last_timestamp_at(time - clock.tolerance - a_little) == first + ticks - 1
    assert clock.first_timestamp_at(time + clock.tolerance - a_little) == first + ticks
    assert clock.first_timestamp_at(time + clock.tolerance) == first + ticks + 1


@pytest.mark.parametrize(
    ("time_base", "time", "last", "first"),
    [
        ("1/1000", "1/30", 33, 33),
        ("1/1000", "2/30", 67, 67),
        ("1/1000", "0.0335", 34, 34),
        ("1/25", "0.0389", 0, 1),
        ("1/25", "0.039", 1, 1),
        ("1/25", "0.0409", 1, 1),
        ("1/25", "0.041", 1, 2),
        ("1/90000", "1/30", 3000, 3000),
        ("1/1001", "0.5", 501, 501),
    ],
)
def test_clock_takes_a_frame_for_in_time_within_its_tolerance(
    time_base: str, time: str, last: int, first: int
) -> None:
    clock = Clock(Fraction(time_base), 0)
    assert clock.last_timestamp_at(Fraction(time)) == last
    assert clock.first_timestamp_at(Fraction(time)) == first


def expected_answers(
    frames: list[int], times: list[Fraction], clock: Clock
) -> list[tuple[int, list[Fraction]]]:
    """The definition, word for word."""
    answers: dict[int, list[Fraction]] = {}
    for time in times:
        until = time + min(clock.time_base / 2, Fraction(1, 1000))
        shown = [frame for frame in frames if clock.seconds(frame) <= until]
        answers.setdefault(shown[-1] if shown else frames[0], []).append(time)
    return sorted(answers.items())


@given(
    st.lists(st.integers(-50, 500), min_size=1, max_size=30, unique=True).map(sorted),
    st.lists(
        st.fractions(min_value=0, max_value=20, max_denominator=60), max_size=40, unique=True
    ).map(sorted),
    st.integers(1, 50),
)
def test_times_chooser_answers_with_the_last_frame_not_later(
    frames: list[int], times: list[Fraction], rate: int
) -> None:
    clock = Clock(Fraction(1, rate), frames[0])
    chooser: TimesChooser[str] = TimesChooser(times, clock)
    answers = [
        answer for frame in frames for answer in chooser.push(frame, f"frame at {frame}")
    ] + chooser.finish()
    assert [(a.timestamp, list(a.samples)) for a in answers] == expected_answers(
        frames, times, clock
    )
    assert all(answer.frame == f"frame at {answer.timestamp}" for answer in answers)
    assert chooser.is_done


def test_times_chooser_answers_nothing_with_a_lost_frame() -> None:
    clock = Clock(Fraction(1), 0)
    chooser: TimesChooser[int] = TimesChooser(map(Fraction, range(8)), clock)
    answers = chooser.push(0, 0) + chooser.push(1, 1) + chooser.push(5, 5, lost_from=3)
    answers += chooser.finish(lost_from=7)
    samples = {answer.frame: [int(time) for time in answer.samples] for answer in answers}
    assert samples == {0: [0], 1: [1, 2], 5: [5, 6]}
    assert chooser.unanswered == 3


def test_times_chooser_answers_nothing_without_frames() -> None:
    chooser: TimesChooser[int] = TimesChooser([Fraction(1)], Clock(Fraction(1), 0))
    assert chooser.target == 1
    assert not chooser.is_done
    assert chooser.finish() == []


@given(
    st.lists(st.integers(0, 100), min_size=1, max_size=30, unique=True).map(sorted),
    st.fractions(min_value=0, max_value=10, max_denominator=30),
    st.fractions(min_value=0, max_value=10, max_denominator=30) | st.none(),
)
def test_span_chooser_gives_every_frame_in_the_span(
    frames: list[int], start: Fraction, end: Fraction | None
) -> None:
    clock = Clock(Fraction(1, 10), frames[0])
    chooser: SpanChooser[int] = SpanChooser(
        SampleSpan(start=start, end=end, keyframes_only=False), clock
    )
    chosen = []
    for frame in frames:
        chosen += chooser.push(frame, frame)
        if chooser.is_done:
            break
    chosen += chooser.finish()
    late = [clock.seconds(frame) + Fraction(1, 1000) for frame in frames]
    assert [answer.timestamp for answer in chosen] == [
        frame
        for frame, time in zip(frames, late, strict=True)
        if start < time and (end is None or time <= end)
    ]


def test_chooser_for_follows_the_samples() -> None:
    clock = Clock(Fraction(1, 10), 5)

    def never(_frame: int) -> float:
        return 0.0

    grid = SampleGrid(origin=Fraction(1), step=Fraction(1, 2), first=2, last=4)
    assert chooser_for(grid, clock, never).target == 5 + 20
    span = SampleSpan(start=Fraction(1, 20), end=None, keyframes_only=True)
    assert chooser_for(span, clock, never).target == 5 + 1
