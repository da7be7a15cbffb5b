"""Find the frames of a video that a recipe wants. Pure.

A frame's position here is its index in display order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
import numpy.typing as npt
from fotograma_contracts.reasons import ExtractionWarning, Reason, WarningCode
from fotograma_contracts.recipe import (
    AllFrames,
    AtTimes,
    EvenlySpread,
    EveryInterval,
    Keyframes,
    PerSecond,
    Recipe,
    SceneChanges,
    parse_percent,
)
from fotograma_contracts.samples import (
    SampleGrid,
    Samples,
    SampleScenes,
    SampleSpan,
    SampleTimes,
)

from fotograma_worker.decoding.port import Scan
from fotograma_worker.errors import Failure
from fotograma_worker.protocol import Timestamps

MAX_SAMPLE_TIMES = 1_000_000
"""The index of an archive lists them all."""
SECONDS_PER_SCENE = 4
"""For an estimate. The average shot of a film lasts that long (J. E. Cutting and others, "Quicker,
faster, darker", i-Perception 2, 2011)."""


@dataclass(frozen=True)
class WantedFrames:
    """The wanted frames' positions, ascending and distinct, and the samples that they answer.

    `sample_starts[i]` is the number of sample times that frames before the i-th wanted answer; it
    has one element more than there are wanted frames. None for spans and scenes, which have no
    sample times.
    """

    positions: npt.NDArray[np.int64]
    samples: Samples
    sample_starts: npt.NDArray[np.int64] | None
    frames_at_most: int
    likely_frames: int
    """For the estimate of the archive's size: no more than `frames_at_most`."""

    @classmethod
    def of(
        cls,
        positions: npt.NDArray[np.int64],
        samples: Samples,
        sample_starts: npt.NDArray[np.int64] | None,
    ) -> "WantedFrames":
        """Wanted frames whose number is known."""
        return cls(positions, samples, sample_starts, len(positions), len(positions))


def find_wanted_frames(scan: Scan, recipe: Recipe) -> WantedFrames:
    """Find the frames that a recipe wants. Raises `Failure` for none, or far too many."""
    start = recipe.start
    end = scan.duration if recipe.end is None else min(recipe.end, scan.duration)
    if start >= end:
        raise Failure(
            Reason.NOTHING_SELECTED,
            f"The video ends at {clock_time(scan.duration)}, "
            f"and the recipe starts at {clock_time(start)}.",
        )
    match recipe.sampling:
        case EveryInterval() | PerSecond() | EvenlySpread() as regular:
            return _wanted_on_grid(scan, start, end, _step_of(regular, end - start))
        case AtTimes():
            return _wanted_at_times(scan, answered_times(recipe, scan.duration))
        case SceneChanges() as scenes:
            return _wanted_scenes(scan, start, end, scenes)
        case Keyframes() | AllFrames() as frames:
            keyframes_only = isinstance(frames, Keyframes)
            return _wanted_in_span(scan, start, end, keyframes_only=keyframes_only)


def _step_of(sampling: EveryInterval | PerSecond | EvenlySpread, length: Fraction) -> Fraction:
    match sampling:
        case EveryInterval(seconds=seconds):
            return seconds
        case PerSecond(fps=fps):
            return 1 / fps
        case EvenlySpread(count=count):
            return length / count


def _wanted_on_grid(scan: Scan, origin: Fraction, end: Fraction, step: Fraction) -> WantedFrames:
    count = ceil((end - origin) / step)
    if count > MAX_SAMPLE_TIMES:
        raise Failure(
            Reason.TOO_MANY_FRAMES,
            f"This recipe has {count:,} sample times; at most {MAX_SAMPLE_TIMES:,} are possible.",
        )
    # `Clock.last_timestamp_at` of all sample times, in integers: (a + k * b) // c.
    clock, base = scan.clock, scan.facts.time_base
    begin = (origin - clock.first_at + clock.tolerance) / base
    c = begin.denominator * (step / base).denominator
    a, b = int(begin * c), int(step / base * c)
    wanted = np.fromiter(((a + k * b) // c for k in range(count)), np.int64, count)
    positions, starts = _positions_at(scan, wanted + clock.first)
    grid = SampleGrid(origin=origin, step=step, first=0, last=count)
    return WantedFrames.of(positions, grid, starts)


def _wanted_at_times(scan: Scan, times: Sequence[Fraction]) -> WantedFrames:
    if not times:
        raise Failure(
            Reason.NOTHING_SELECTED,
            f"None of the requested times lies within the video, "
            f"which lasts {clock_time(scan.duration)}.",
        )
    clock = scan.clock
    wanted = np.array([clock.last_timestamp_at(time) for time in times], np.int64)
    positions, starts = _positions_at(scan, wanted)
    return WantedFrames.of(positions, SampleTimes(times=tuple(times)), starts)


def _positions_at(
    scan: Scan, wanted: Timestamps
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The distinct frames that answer ascending timestamps, and where each one's samples begin."""
    answering = np.maximum(np.searchsorted(scan.timestamps, wanted, side="right") - 1, 0)
    positions, starts = np.unique(answering, return_index=True)
    return positions, np.append(starts, len(wanted)).astype(np.int64)


def _wanted_in_span(
    scan: Scan, start: Fraction, end: Fraction, *, keyframes_only: bool
) -> WantedFrames:
    positions = _positions_within(scan, start, end, keyframes_only=keyframes_only)
    span = SampleSpan(start=start, end=end, keyframes_only=keyframes_only)
    return WantedFrames.of(positions, span, None)


def _wanted_scenes(scan: Scan, start: Fraction, end: Fraction, mode: SceneChanges) -> WantedFrames:
    """All frames in the range: each must be scored to find those that begin a scene."""
    positions = _positions_within(scan, start, end, keyframes_only=False)
    at_most = len(positions)
    if mode.min_distance:
        at_most = min(at_most, ceil((end - start) / mode.min_distance))
    scenes = SampleScenes(
        start=start, end=end, threshold=mode.threshold, min_distance=mode.min_distance
    )
    likely = min(at_most, ceil((end - start) / SECONDS_PER_SCENE))
    return WantedFrames(positions, scenes, None, at_most, likely)


def _positions_within(
    scan: Scan, start: Fraction, end: Fraction, *, keyframes_only: bool
) -> npt.NDArray[np.int64]:
    """The frames, or keyframes, whose time is in `[start, end)`; at least one."""
    clock = scan.clock
    bounds = [clock.first_timestamp_at(start), clock.first_timestamp_at(end)]
    first, last = np.searchsorted(scan.timestamps, bounds, side="left")
    positions = np.arange(first, last, dtype=np.int64)
    if keyframes_only:
        positions = positions[scan.keyframes[first:last]]
    if not len(positions):
        kind = "keyframe" if keyframes_only else "frame"
        raise Failure(
            Reason.NOTHING_SELECTED,
            f"No {kind} lies between {clock_time(start)} and {clock_time(end)}.",
        )
    return positions


def requested_times(recipe: Recipe, duration: Fraction) -> tuple[Fraction, ...]:
    """The given times of a recipe within its range, ascending and distinct; none without any.

    `duration` is that of the video, which per cent are taken of.
    """
    if not isinstance(recipe.sampling, AtTimes):
        return ()
    seconds = {
        parse_percent(time) * duration if isinstance(time, str) else time
        for time in recipe.sampling.times
    }
    return tuple(
        time
        for time in sorted(seconds)
        if recipe.start <= time and (recipe.end is None or time < recipe.end)
    )


def answered_times(recipe: Recipe, duration: Fraction) -> tuple[Fraction, ...]:
    """Those of the requested times at which a frame is on screen.

    The very end is none of them, unless it was requested as 100 %: then it is the last frame.
    """
    asked_for_end = isinstance(recipe.sampling, AtTimes) and any(
        isinstance(time, str) and parse_percent(time) == 1 for time in recipe.sampling.times
    )
    return tuple(
        time
        for time in requested_times(recipe, duration)
        if time < duration or (asked_for_end and time == duration)
    )


def missing_times_warning(recipe: Recipe, duration: Fraction) -> ExtractionWarning | None:
    """Warn of given times that lie after the end of the video, if any."""
    requested = requested_times(recipe, duration)
    late = len(requested) - len(answered_times(recipe, duration))
    if not late:
        return None
    several = late != 1
    return ExtractionWarning(
        code=WarningCode.SAMPLES_MISSING,
        detail=f"{counted(late, 'requested time')} {'lie' if several else 'lies'} after the "
        f"end of the video, which lasts {clock_time(duration)}.",
    )


def clock_time(seconds: Fraction) -> str:
    """Format a time for messages: `00:01:23.456`."""
    milliseconds = int(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def counted(number: int, noun: str) -> str:
    """Format a count for messages: `1 frame`, `1,000 frames`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
