"""Find the frames of a video that a recipe wants. Pure.

A frame's position here is its index in display order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
import numpy.typing as npt
from fotograma_contracts.extractions import Probe
from fotograma_contracts.reasons import ExtractionWarning, Reason, WarningCode
from fotograma_contracts.recipe import (
    AllFrames,
    AtTimes,
    EvenlySpread,
    EveryInterval,
    Keyframes,
    Origin,
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
from fotograma_worker.sampling import MAX_TOLERANCE, Clock

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


@dataclass(frozen=True, slots=True)
class ShownTime:
    """When the video is on screen, on a recipe's clock."""

    begin: Fraction
    end: Fraction
    video_start: Fraction
    """`begin` on the file's clock."""
    tolerance: Fraction

    @classmethod
    def of_scan(cls, scan: Scan) -> "ShownTime":
        """By the scan, on its clock."""
        clock = scan.clock
        return cls(scan.first_at, scan.end, scan.facts.video_start, clock.tolerance)

    @classmethod
    def of_probe(cls, probe: Probe, recipe: Recipe) -> "ShownTime":
        """By what a plan told of the source."""
        late = probe.video_start or Fraction(0)
        begin = late if recipe.origin is Origin.FILE else Fraction(0)
        tolerance = Clock(probe.time_base or MAX_TOLERANCE, 0).tolerance
        return cls(begin, begin + probe.duration, late, tolerance)

    @property
    def place(self) -> str:
        """A sentence, after a space, that tells where the video is in its file; empty where it
        begins with the file.
        """
        if not self.video_start:
            return ""
        if self.begin:
            return (
                f" On the file's clock it begins at {clock_time(self.begin)} "
                f"and ends at {clock_time(self.end)}."
            )
        return (
            f" Times count from its first frame, which is at {clock_time(self.video_start)} "
            "on the file's clock (origin: file)."
        )


def find_wanted_frames(scan: Scan, recipe: Recipe) -> WantedFrames:
    """Find the frames that a recipe wants, on the scan's clock. Raises `Failure` for none, or far
    too many.
    """
    shown = ShownTime.of_scan(scan)
    start = max(recipe.start, shown.begin)
    end = shown.end if recipe.end is None else min(recipe.end, shown.end)
    if start >= end:
        raise Failure(Reason.NOTHING_SELECTED, _outside(recipe, shown))
    match recipe.sampling:
        case EvenlySpread(count=count):
            return _wanted_on_grid(scan, start, end, (end - start) / count)
        case EveryInterval(seconds=step):
            return _wanted_on_grid(scan, recipe.start, end, step)
        case PerSecond(fps=fps):
            return _wanted_on_grid(scan, recipe.start, end, 1 / fps)
        case AtTimes():
            return _wanted_at_times(scan, answered_times(recipe, shown), shown)
        case SceneChanges() as scenes:
            return _wanted_scenes(scan, start, end, scenes)
        case Keyframes() | AllFrames() as frames:
            keyframes_only = isinstance(frames, Keyframes)
            return _wanted_in_span(scan, start, end, keyframes_only=keyframes_only)


def _outside(recipe: Recipe, shown: ShownTime) -> str:
    if recipe.start >= shown.end:
        return (
            f"The video ends at {clock_time(shown.end)}, "
            f"and the recipe starts at {clock_time(recipe.start)}.{shown.place}"
        )
    end = shown.end if recipe.end is None else recipe.end
    return (
        f"The video begins at {clock_time(shown.begin)}, "
        f"and the recipe ends at {clock_time(end)}.{shown.place}"
    )


def _wanted_on_grid(scan: Scan, origin: Fraction, end: Fraction, step: Fraction) -> WantedFrames:
    clock, base = scan.clock, scan.facts.time_base
    # Where a file's clock begins before its video, so may the grid.
    first = max(0, ceil((clock.first_at - clock.tolerance - origin) / step))
    last = ceil((end - origin) / step)
    count = last - first
    if count > MAX_SAMPLE_TIMES:
        raise Failure(
            Reason.TOO_MANY_FRAMES,
            f"This recipe has {count:,} sample times; at most {MAX_SAMPLE_TIMES:,} are possible.",
        )
    if count <= 0:
        shown = ShownTime.of_scan(scan)
        raise Failure(
            Reason.NOTHING_SELECTED,
            f"No sample time lies within the video, which lasts {clock_time(scan.duration)}."
            f"{shown.place}",
        )
    # `Clock.last_timestamp_at` of all sample times, in integers: (a + k * b) // c.
    begin = (origin + first * step - clock.first_at + clock.tolerance) / base
    c = begin.denominator * (step / base).denominator
    a, b = int(begin * c), int(step / base * c)
    wanted = np.fromiter(((a + k * b) // c for k in range(count)), np.int64, count)
    positions, starts = _positions_at(scan, wanted + clock.first)
    grid = SampleGrid(origin=origin, step=step, first=first, last=last)
    return WantedFrames.of(positions, grid, starts)


def _wanted_at_times(scan: Scan, times: Sequence[Fraction], shown: ShownTime) -> WantedFrames:
    if not times:
        raise Failure(
            Reason.NOTHING_SELECTED,
            f"None of the requested times lies within the video, "
            f"which lasts {clock_time(scan.duration)}.{shown.place}",
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
        start=start,
        end=end,
        threshold=mode.threshold,
        min_distance=mode.min_distance,
        frames=len(positions),
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


def requested_times(recipe: Recipe, shown: ShownTime) -> tuple[Fraction, ...]:
    """The given times of a recipe within its range, ascending and distinct; none without any.

    Per cent are of the time at which the video ends.
    """
    if not isinstance(recipe.sampling, AtTimes):
        return ()
    seconds = {
        parse_percent(time) * shown.end if isinstance(time, str) else time
        for time in recipe.sampling.times
    }
    return tuple(
        time
        for time in sorted(seconds)
        if recipe.start <= time and (recipe.end is None or time < recipe.end)
    )


def answered_times(recipe: Recipe, shown: ShownTime) -> tuple[Fraction, ...]:
    """Those of the requested times at which a frame is on screen.

    The very end is none of them, unless it was requested as 100 %: then it is the last frame.
    """
    asked_for_end = isinstance(recipe.sampling, AtTimes) and any(
        isinstance(time, str) and parse_percent(time) == 1 for time in recipe.sampling.times
    )
    return tuple(
        time
        for time in requested_times(recipe, shown)
        if shown.begin - shown.tolerance <= time
        and (time < shown.end or (asked_for_end and time == shown.end))
    )


def missing_times_warning(recipe: Recipe, probe: Probe) -> ExtractionWarning | None:
    """Warn of given times that lie outside of the video, if any."""
    shown = ShownTime.of_probe(probe, recipe)
    missing = len(requested_times(recipe, shown)) - len(answered_times(recipe, shown))
    if not missing:
        return None
    where = "after the end of" if recipe.origin is Origin.VIDEO else "outside of"
    return ExtractionWarning(
        code=WarningCode.SAMPLES_MISSING,
        detail=f"{counted(missing, 'requested time')} {'lies' if missing == 1 else 'lie'} {where} "
        f"the video, which lasts {clock_time(probe.duration)}.{shown.place}",
    )


def clock_time(seconds: Fraction) -> str:
    """Format a time for messages: `00:01:23.456`."""
    milliseconds = int(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def counted(number: int, noun: str) -> str:
    """Format a count for messages: `1 frame`, `1,000 frames`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
