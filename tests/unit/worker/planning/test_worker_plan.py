"""Plans: samples, segments and limits."""

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from fixtures.extraction import limits
from fotograma_contracts.extractions import PlannedSegment
from fotograma_contracts.reasons import Reason, WarningCode
from fotograma_contracts.recipe import (
    AllFrames,
    AtTimes,
    EvenlySpread,
    EveryInterval,
    ImageFormat,
    Keyframes,
    Origin,
    Output,
    PerSecond,
    Recipe,
    Sampling,
)
from fotograma_contracts.samples import (
    Placed,
    SampleGrid,
    Samples,
    SampleScenes,
    SampleSpan,
    samples_in,
)
from fotograma_worker.decoding.port import Scan
from fotograma_worker.errors import Failure
from fotograma_worker.planning.formats import FORMATS
from fotograma_worker.planning.plan import Plan, plan_extraction
from fotograma_worker.planning.segments import LEAST_SECONDS, segment_count
from fotograma_worker.planning.wanted_frames import (
    MAX_SAMPLE_TIMES,
    clock_time,
    missing_times_warning,
)
from fotograma_worker.protocol import StreamFacts
from fotograma_worker.sampling import TimesChooser
from hypothesis import given
from hypothesis import strategies as st

BASE = Fraction(1, 1000)


def facts(**changes: Any) -> StreamFacts:
    usual = StreamFacts(
        container="mov",
        codec="h264",
        width=1920,
        height=1080,
        upright_width=1920,
        upright_height=1080,
        rotation=0,
        time_base=BASE,
        frame_rate=Fraction(25),
        first=500,
        end=10_500,
        claimed_end=None,
        furthest_end=10_500,
    )
    return usual.model_copy(update=changes)


def video(seconds: int = 10, gop: int = 50, **changes: Any) -> Scan:
    """25 frames a second; timestamps are milliseconds and begin at 500."""
    timestamps = 500 + 40 * np.arange(25 * seconds, dtype=np.int64)
    keyframes = np.arange(len(timestamps)) % gop == 0
    end = 500 + 1000 * seconds
    return Scan(facts(end=end, furthest_end=end, **changes), timestamps, keyframes)


def plan(recipe: Recipe, scan: Scan | None = None, idle: int = 0, **changes: Any) -> Plan:
    return plan_extraction(scan or video(), recipe, limits(**changes), idle)


def uncut(recipe: Recipe, scan: Scan) -> PlannedSegment:
    """The plan's one segment, for one worker alone."""
    (segment,) = plan(recipe, scan, segment_work_seconds=1e9).segments
    return segment


def failure_of(recipe: Recipe, scan: Scan | None = None, **changes: Any) -> Failure:
    with pytest.raises(Failure) as failed:
        plan(recipe, scan, **changes)
    return failed.value


def test_formats_have_traits_for_every_output_format() -> None:
    assert set(FORMATS) == set(ImageFormat)


def test_costs_include_tone_mapping() -> None:
    every_frame = Recipe(sampling=AllFrames())
    sdr, hdr = (uncut(every_frame, video(is_hdr=is_hdr)) for is_hdr in (False, True))
    assert hdr.work_seconds > 2 * sdr.work_seconds


def test_plan_of_a_short_video_is_one_segment() -> None:
    planned = plan(Recipe())
    assert planned.sample_count == planned.frames_at_most == 10
    (segment,) = planned.segments
    assert segment.samples == SampleGrid(origin=Fraction(0), step=Fraction(1), first=0, last=10)
    assert segment.frames_at_most == 10
    assert 0 < segment.work_seconds < 10


@pytest.mark.parametrize(
    ("recipe", "count", "frames"),
    [
        (Recipe(sampling=EveryInterval(seconds=Fraction(3))), 4, 4),
        (Recipe(sampling=EveryInterval(seconds=Fraction(5)), start=Fraction(1)), 2, 2),
        (Recipe(sampling=PerSecond(fps=Fraction(50))), 500, 250),
        (Recipe(sampling=EvenlySpread(count=7)), 7, 7),
        (Recipe(sampling=EvenlySpread(count=500), start=Fraction(9)), 500, 25),
        (Recipe(sampling=AtTimes(times=(Fraction(9), Fraction(1), Fraction(1), Fraction(10)))),
         2, 2),
        (Recipe(sampling=AllFrames()), None, 250),
        (Recipe(sampling=AllFrames(), start=Fraction("0.01"), end=Fraction("0.09")), None, 2),
        (Recipe(sampling=Keyframes()), None, 5),
        (Recipe(sampling=Keyframes(), start=Fraction(2), end=Fraction(4)), None, 1),
        (Recipe(end=Fraction(99)), 10, 10),
        (Recipe(end=Fraction("2.5")), 3, 3),
    ],
)  # fmt: skip
def test_plan_counts_samples_and_frames(recipe: Recipe, count: int | None, frames: int) -> None:
    planned = plan(recipe)
    assert (planned.sample_count, planned.frames_at_most) == (count, frames)
    assert sum(segment.frames_at_most for segment in planned.segments) == frames


def test_plan_cuts_a_long_video_evenly_at_keyframes() -> None:
    hour = video(seconds=3600)
    planned = plan(Recipe(), hour, segment_work_seconds=20)
    work = [segment.work_seconds for segment in planned.segments]
    assert len(planned.segments) >= 10
    assert max(work) < 26
    assert max(work) < 1.6 * min(work)
    for before, after in pairwise(planned.segments):
        assert isinstance(before.samples, SampleGrid)
        assert isinstance(after.samples, SampleGrid)
        assert before.samples.last == after.samples.first
        assert after.samples.first % 2 == 0, "keyframes are at even seconds"
    assert [segment.index for segment in planned.segments] == list(range(len(work)))


def test_plan_does_not_cut_a_video_with_one_keyframe() -> None:
    planned = plan(Recipe(), video(seconds=3600, gop=10**9), segment_work_seconds=60)
    assert sum(segment.work_seconds for segment in planned.segments) < 2 * 3600 * 25 * 0.0085


def test_plan_costs_leave_out_what_lies_between_wanted_frames() -> None:
    times = AtTimes(times=(Fraction(1), Fraction(3500)))
    planned = plan(Recipe(sampling=times), video(seconds=3600), segment_work_seconds=60)
    (segment,) = planned.segments
    assert segment.work_seconds < 1


@pytest.mark.parametrize(("gop", "is_more"), [(50, True), (1, False)])
def test_plan_counts_a_keyframe_as_several_frames(gop: int, *, is_more: bool) -> None:
    """Where there are others: a video of keyframes alone has no cheaper ones."""
    keys, every = (
        uncut(Recipe(sampling=sampling), video(gop=gop)) for sampling in (Keyframes(), AllFrames())
    )
    for_a_key = keys.work_seconds / keys.frames_at_most
    for_a_frame = every.work_seconds / every.frames_at_most
    assert for_a_key > for_a_frame if is_more else for_a_key == pytest.approx(for_a_frame)


@pytest.mark.parametrize(
    ("work_seconds", "idle", "count"),
    [
        (10, 0, 1),
        (50, 0, 4),
        (3.9, 8, 1),
        (10, 8, 5),
        (17, 8, 8),
        (20, 8, 8),
        (40, 8, 16),
        (100, 8, 32),
        (1000, 8, 72),
        (100, 1, 7),
        (8, 1, 4),
    ],
)
def test_segments_are_whole_rounds_of_the_idle_workers(
    work_seconds: float, idle: int, count: int
) -> None:
    """Of two seconds at least where there is one round, and of the limit's fifteen at most."""
    assert segment_count(work_seconds, 15, idle) == count


@pytest.mark.parametrize("gop", [50, 250])
@pytest.mark.parametrize("sampling", [EveryInterval(seconds=Fraction(1)), Keyframes(), AllFrames()])
def test_plan_gives_idle_workers_segments_that_end_together(sampling: Sampling, gop: int) -> None:
    idle = 4
    planned = plan(Recipe(sampling=sampling), video(seconds=3600, gop=gop), idle)
    work = [segment.work_seconds for segment in planned.segments]
    assert len(work) == segment_count(sum(work), limits().segment_work_seconds, idle)
    assert len(work) % idle == 0
    assert min(work) > 0.9 * LEAST_SECONDS
    assert max(work) < 1.3 * min(work)


def test_plan_of_a_short_video_is_not_cut_for_idle_workers() -> None:
    assert len(plan(Recipe(), video(seconds=10), 64).segments) == 1


samplings = st.one_of(
    st.builds(EveryInterval, seconds=st.fractions(Fraction(1, 20), 7, max_denominator=60)),
    st.builds(PerSecond, fps=st.fractions(Fraction(1, 5), 60, max_denominator=50)),
    st.builds(EvenlySpread, count=st.integers(1, 60)),
    st.builds(
        AtTimes,
        times=st.lists(st.fractions(0, 9, max_denominator=100), min_size=1, max_size=20).map(tuple),
    ),
    st.builds(AllFrames),
    st.builds(Keyframes),
)


@given(samplings, st.integers(1, 60), st.floats(1e-4, 0.5))
def test_plan_segments_divide_the_work_without_rest(
    sampling: Sampling, gop: int, budget: float
) -> None:
    scan = video(gop=gop)
    planned = plan(Recipe(sampling=sampling), scan, segment_work_seconds=budget)
    whole = uncut(Recipe(sampling=sampling), scan)
    parts = planned.segments
    assert all(segment.frames_at_most >= 1 for segment in parts)
    assert planned.frames_at_most == sum(segment.frames_at_most for segment in parts)
    if isinstance(whole.samples, SampleSpan):
        spans = [segment.samples for segment in parts]
        assert all(isinstance(span, SampleSpan) for span in spans)
        assert (spans[0].start, spans[-1].end) == (0, scan.duration)  # type: ignore[union-attr]
        assert all(a.end == b.start for a, b in pairwise(spans))  # type: ignore[union-attr]
        return
    times = [t for segment in parts for t in segment.samples.times]  # type: ignore[union-attr]
    assert not isinstance(whole.samples, SampleScenes | Placed)
    assert times == list(whole.samples.times)
    assert planned.sample_count == len(times)
    chosen = [frames_answering(scan, segment.samples) for segment in parts]
    assert [len(frames) for frames in chosen] == [s.frames_at_most for s in parts]
    distinct = [frame for frames in chosen for frame in frames]
    assert distinct == sorted(set(distinct)), "no frame belongs to two segments"


def frames_answering(scan: Scan, samples: Any) -> list[int]:
    chooser: TimesChooser[None] = TimesChooser(samples.times, scan.clock)
    answers = [a for pts in scan.timestamps.tolist() for a in chooser.push(pts, None)]
    return [answer.timestamp for answer in (*answers, *chooser.finish())]


# --- limits and refusals --------------------------------------------------------------------------


def test_plan_refuses_too_many_frames() -> None:
    failure = failure_of(Recipe(sampling=AllFrames()), max_frames=249)
    assert failure.reason is Reason.TOO_MANY_FRAMES
    assert failure.detail == "This recipe selects 250 frames; at most 249 are allowed."
    assert plan(Recipe(sampling=AllFrames()), max_frames=250).frames_at_most == 250


def test_plan_refuses_too_many_sample_times() -> None:
    hours = video(seconds=1001)
    failure = failure_of(Recipe(sampling=PerSecond(fps=Fraction(1000))), hours)
    assert failure.reason is Reason.TOO_MANY_FRAMES
    assert f"{MAX_SAMPLE_TIMES:,}" in failure.detail


def test_plan_refuses_an_archive_too_large() -> None:
    failure = failure_of(Recipe(), max_archive_bytes=10**7)
    assert failure.reason is Reason.ARCHIVE_TOO_LARGE
    assert "10 frames" in failure.detail
    small = Recipe(output=Output(format=ImageFormat.JPEG, max_width=640))
    assert plan(small, max_archive_bytes=10**7).estimated_archive_bytes < 10**6


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        (Recipe(start=Fraction(10)), "ends at 00:00:10.000, and the recipe starts at 00:00:10.000"),
        (Recipe(sampling=AtTimes(times=(Fraction(10), Fraction(11)))), "which lasts 00:00:10.000"),
        (
            Recipe(sampling=AtTimes(times=(Fraction(1),)), start=Fraction(2)),
            "None of the requested times",
        ),
        (
            Recipe(sampling=Keyframes(), start=Fraction("2.1"), end=Fraction("3.9")),
            "No keyframe lies between 00:00:02.100 and 00:00:03.900",
        ),
        (
            Recipe(sampling=AllFrames(), start=Fraction("0.01"), end=Fraction("0.03")),
            "No frame lies between",
        ),
    ],
)
def test_plan_refuses_a_recipe_that_selects_nothing(recipe: Recipe, says: str) -> None:
    failure = failure_of(recipe)
    assert failure.reason is Reason.NOTHING_SELECTED
    assert says in failure.detail


def test_plan_refuses_a_frame_too_large_for_the_format() -> None:
    wide = Scan(facts(width=20_000, upright_width=20_000, height=100, upright_height=100),
                *_frames())  # fmt: skip
    failure = failure_of(Recipe(output=Output(format=ImageFormat.WEBP)), wide)
    assert failure.reason is Reason.TOO_MANY_PIXELS
    assert plan(Recipe(output=Output(format=ImageFormat.WEBP, max_width=16_000)), wide).segments


def test_plan_refuses_pictures_that_square_pixels_make_too_large() -> None:
    wide = video(upright_width=30_720, upright_height=1080)
    failure = failure_of(Recipe(), wide, max_pixels=1920 * 1080 * 15)
    assert failure.reason is Reason.TOO_MANY_PIXELS
    assert "Set a maximum width" in failure.detail
    assert plan(Recipe(), wide, max_pixels=1920 * 1080 * 16).segments
    narrow = Recipe(output=Output(max_width=1920))
    assert plan(narrow, wide, max_pixels=1920 * 1080).segments


def _frames() -> tuple[Any, Any]:
    usual = video()
    return usual.timestamps, usual.keyframes


# --- what a user hears ----------------------------------------------------------------------------


def test_plan_warns_of_a_file_that_ends_early() -> None:
    (warning,) = plan(Recipe(), video(claimed_end=12_500)).probe.warnings
    assert warning.code is WarningCode.ENDS_EARLY
    assert warning.detail == (
        "The file says that it lasts 00:00:12.000, but its video ends at 00:00:10.000."
    )
    assert plan(Recipe(), video(claimed_end=11_400)).probe.warnings == ()


def test_plan_warns_of_times_after_the_end() -> None:
    recipe = Recipe(sampling=AtTimes(times=(Fraction(9), Fraction(10), Fraction(20))))
    probe = plan(Recipe()).probe
    warning = missing_times_warning(recipe, probe)
    assert warning is not None
    assert warning.detail == (
        "2 requested times lie after the end of the video, which lasts 00:00:10.000."
    )
    within = recipe.model_copy(update={"end": Fraction(10)})
    assert missing_times_warning(within, probe) is None
    assert missing_times_warning(Recipe(), probe) is None


LATE = Fraction(502, 100)
"""Seconds of sound before the video."""


def test_plan_on_the_files_clock_counts_from_the_file() -> None:
    late = video(video_start=LATE)
    every = plan(Recipe(origin=Origin.FILE), late)
    assert every.probe.video_start == LATE
    (segment,) = every.segments
    assert isinstance(segment.samples, Placed)
    assert (segment.samples.stream, segment.samples.first_at) == (0, LATE)
    assert samples_in(segment.samples) == SampleGrid(
        origin=Fraction(0), step=Fraction(1), first=6, last=16
    )
    assert every.sample_count == every.frames_at_most == 10
    cut = plan(Recipe(origin=Origin.FILE, start=Fraction(7), end=Fraction(9)), late)
    assert cut.sample_count == 2
    spread = Recipe(origin=Origin.FILE, sampling=EvenlySpread(count=5))
    grid = samples_in(plan(spread, late).segments[0].samples)
    assert grid == SampleGrid(origin=LATE, step=Fraction(2), first=0, last=5)


def test_plan_on_the_videos_clock_names_no_clock() -> None:
    (segment,) = plan(Recipe(), video(video_start=LATE)).segments
    assert isinstance(segment.samples, SampleGrid)


@pytest.mark.parametrize("work", [60.0, 1e-9])
def test_segments_on_the_files_clock_answer_every_sample_time_once(work: float) -> None:
    recipe = Recipe(origin=Origin.FILE, sampling=PerSecond(fps=Fraction(7)))
    planned = plan(recipe, video(video_start=LATE), segment_work_seconds=work)
    times = [t for s in planned.segments for t in times_of(samples_in(s.samples))]
    assert times == [Fraction(k, 7) for k in range(36, 106)]


def times_of(samples: Samples) -> tuple[Fraction, ...]:
    assert isinstance(samples, SampleGrid)
    return samples.times


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        (
            Recipe(sampling=AtTimes(times=(Fraction(12),))),
            "lasts 00:00:10.000. Times count from its first frame, which is at 00:00:05.020 on",
        ),
        (
            Recipe(sampling=AtTimes(times=(Fraction(3),)), origin=Origin.FILE),
            "On the file's clock it begins at 00:00:05.020 and ends at 00:00:15.020.",
        ),
        (
            Recipe(end=Fraction(4), origin=Origin.FILE),
            "The video begins at 00:00:05.020, and the recipe ends at 00:00:04.000.",
        ),
        (
            Recipe(start=Fraction(16), origin=Origin.FILE),
            "The video ends at 00:00:15.020, and the recipe starts at 00:00:16.000.",
        ),
        (
            Recipe(end=Fraction("5.5"), origin=Origin.FILE),
            "No sample time lies within the video, which lasts 00:00:10.000. On the file's clock",
        ),
    ],
)
def test_what_lies_outside_of_a_late_video_says_where_it_is(recipe: Recipe, words: str) -> None:
    failure = failure_of(recipe, video(video_start=LATE))
    assert failure.reason is Reason.NOTHING_SELECTED
    assert words in failure.detail


def test_times_before_a_late_video_are_warned_of() -> None:
    recipe = Recipe(sampling=AtTimes(times=(Fraction(1), Fraction(6))), origin=Origin.FILE)
    planned = plan(recipe, video(video_start=LATE))
    assert planned.sample_count == 1
    warning = missing_times_warning(recipe, planned.probe)
    assert warning is not None
    assert warning.detail.startswith("1 requested time lies outside of the video, which lasts")


def test_probe_shows_what_a_player_shows() -> None:
    turned = facts(rotation=90, upright_width=1080, upright_height=1920)
    probe = plan(Recipe(), Scan(turned, *_frames())).probe
    assert (probe.width, probe.height, probe.rotation) == (1080, 1920, 90)
    assert probe.duration == 10


def test_clock_time_rounds_down_to_milliseconds() -> None:
    assert clock_time(Fraction("3723.4567")) == "01:02:03.456"
