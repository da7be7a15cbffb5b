"""From what a video holds and what a recipe asks for to samples and segments. Pure.

A frame's position here is its place in display order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil

import numpy as np
import numpy.typing as npt
from fotograma_contracts.extractions import Limits, PlannedSegment, Probe
from fotograma_contracts.reasons import ExtractionWarning, Reason, WarningCode
from fotograma_contracts.recipe import (
    AllFrames,
    AtTimes,
    EvenlySpread,
    EveryInterval,
    ImageFormat,
    Keyframes,
    Output,
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

from fotograma_worker.errors import Failure
from fotograma_worker.geometry import Size, fit
from fotograma_worker.sampling import Clock
from fotograma_worker.wire import StreamFacts

Timestamps = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MAX_SAMPLE_TIMES = 1_000_000
"""The index of an archive lists them all."""

DECODED_PIXELS_PER_SECOND = 250e6
"""Of one core. Measured: 1080p H.264 400e6 and more; HEVC and AV1 less."""
ENCODED_PIXELS_PER_SECOND = {
    ImageFormat.PNG: 140e6,
    ImageFormat.JPEG: 300e6,
    ImageFormat.WEBP: 45e6,
}
"""Of one core, colour conversion included. Measured on 1080p: PNG 13 ms, JPEG 6, WebP 46."""
TONE_MAPPED_PIXELS_PER_SECOND = 17e6
"""Of one core. Measured on 1080p: 120 ms, with the conversion to 16 bits before it."""
BYTES_PER_PIXEL = {ImageFormat.PNG: 1.2, ImageFormat.JPEG: 0.25, ImageFormat.WEBP: 0.2}
"""For an estimate. Measured on an animated film at quality 90: 1.1, 0.17 and 0.14."""
BYTES_PER_ENTRY = 500
"""ZIP headers and the manifest's lines."""
MAX_SIDE = {ImageFormat.PNG: 1 << 20, ImageFormat.JPEG: 65_500, ImageFormat.WEBP: 16_383}
"""Pixels a side may have, by the format (libjpeg-turbo's and WebP's own limits)."""

SECONDS_PER_SCENE = 4
"""For an estimate. The average shot of a film lasts that long (J. E. Cutting and others, "Quicker,
faster, darker", i-Perception 2, 2011)."""

_CLAIM_TOLERANCE = Fraction(1)
"""Seconds by which a container may overstate its duration before a user hears of it."""


@dataclass(frozen=True)
class Scan:
    """A video's frames, found by reading every packet.

    `timestamps` are ascending, from the first displayed frame on; `keyframes` says which of them
    a decoder can start at.
    """

    facts: StreamFacts
    timestamps: Timestamps
    keyframes: Flags
    warnings: tuple[ExtractionWarning, ...] = ()

    @property
    def clock(self) -> Clock:
        """Converts timestamps."""
        return Clock(self.facts.time_base, self.facts.first)

    @property
    def duration(self) -> Fraction:
        """Seconds from the first displayed frame to the end of the last one."""
        return self.clock.seconds(self.facts.end)


@dataclass(frozen=True)
class Plan:
    """The segments of a recipe on one source."""

    probe: Probe
    sample_count: int | None
    frames_at_most: int
    estimated_archive_bytes: int
    segments: tuple[PlannedSegment, ...]


@dataclass(frozen=True)
class _Costs:
    """Seconds of one core for one frame."""

    decode: float
    encode: float


@dataclass(frozen=True)
class _Selection:
    """The wanted frames' positions, ascending and distinct, and how to say a part of them.

    `sample_starts[i]` is the number of sample times that frames before the i-th wanted answer; it
    has one element more than there are wanted frames. None where the frames decide.
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
    ) -> "_Selection":
        """Where it is known which frames are wanted."""
        return cls(positions, samples, sample_starts, len(positions), len(positions))


def plan_extraction(scan: Scan, recipe: Recipe, limits: Limits) -> Plan:
    """Resolve a recipe against a video. Raises `Failure` where it does not fit the limits."""
    size = fit(
        Size(scan.facts.upright_width, scan.facts.upright_height),
        recipe.output.max_width,
        recipe.output.max_height,
    )
    _check_side(size, recipe.output.format)
    selection = _select(scan, recipe)
    _check_frames(selection.frames_at_most, limits)
    archive_bytes = estimated_archive_bytes(selection.likely_frames, size, recipe.output)
    _check_archive_size(archive_bytes, selection.likely_frames, limits)
    costs = _costs(scan, size, recipe.output)
    segments = tuple(_segments(scan, selection, costs, limits.segment_work_seconds))
    _check_work(segments, limits)
    return Plan(
        probe=probe_of(scan),
        sample_count=None if selection.sample_starts is None else int(selection.sample_starts[-1]),
        frames_at_most=selection.frames_at_most,
        estimated_archive_bytes=archive_bytes,
        segments=segments,
    )


def probe_of(scan: Scan) -> Probe:
    """What a user may know about the source."""
    facts = scan.facts
    return Probe(
        container=facts.container,
        codec=facts.codec,
        width=facts.upright_width,
        height=facts.upright_height,
        duration=scan.duration,
        frame_rate=facts.frame_rate,
        time_base=facts.time_base,
        rotation=facts.rotation,
        warnings=(*scan.warnings, *_ends_early(scan)),
    )


def estimated_archive_bytes(frames: int, size: Size, output: Output) -> int:
    """A guess from experience: nobody knows how a picture compresses before it is compressed."""
    per_frame = size.width * size.height * BYTES_PER_PIXEL[output.format] + BYTES_PER_ENTRY
    return ceil(frames * per_frame)


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
    """Those of the requested times that a frame is on screen at.

    The very end is none of them, unless it was asked for as 100 %: then it is the last frame.
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
    """Say which given times lie after the end of the video, if any."""
    requested = requested_times(recipe, duration)
    late = len(requested) - len(answered_times(recipe, duration))
    if not late:
        return None
    several = late != 1
    return ExtractionWarning(
        code=WarningCode.SAMPLES_MISSING,
        detail=f"{_count(late, 'requested time')} {'lie' if several else 'lies'} after the "
        f"end of the video, which lasts {clock_time(duration)}.",
    )


def clock_time(seconds: Fraction) -> str:
    """A time for a person: `00:01:23.456`."""
    milliseconds = int(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _ends_early(scan: Scan) -> Iterator[ExtractionWarning]:
    claimed = scan.facts.claimed_end
    if claimed is None:
        return
    clock = scan.clock
    missing = clock.seconds(claimed) - clock.seconds(scan.facts.furthest_end)
    if missing > _CLAIM_TOLERANCE:
        yield ExtractionWarning(
            code=WarningCode.ENDS_EARLY,
            detail=f"The file says that it lasts {clock_time(clock.seconds(claimed))}, "
            f"but its video ends at {clock_time(scan.duration)}.",
        )


def _check_side(size: Size, image_format: ImageFormat) -> None:
    limit = MAX_SIDE[image_format]
    if max(size.width, size.height) > limit:
        raise Failure(
            Reason.TOO_MANY_PIXELS,
            f"A frame would be {size.width:,} x {size.height:,} pixels; {image_format.name} "
            f"allows at most {limit:,} on a side. Set a maximum width or height.",
        )


def _check_frames(frames: int, limits: Limits) -> None:
    if frames > limits.max_frames:
        raise Failure(
            Reason.TOO_MANY_FRAMES,
            f"This recipe selects {frames:,} frames; at most {limits.max_frames:,} are allowed.",
        )


def _check_archive_size(archive_bytes: int, frames: int, limits: Limits) -> None:
    if archive_bytes > limits.max_archive_bytes:
        raise Failure(
            Reason.ARCHIVE_TOO_LARGE,
            f"{_count(frames, 'frame')} would take about {archive_bytes / 1e9:,.1f} GB; an archive "
            f"may have at most {limits.max_archive_bytes / 1e9:,.1f} GB. "
            "Choose fewer or smaller frames, or JPEG.",
        )


def _check_work(segments: Sequence[PlannedSegment], limits: Limits) -> None:
    """Scenes cannot be cut into segments: say at once what would run into the time limit."""
    work = max(segment.work_seconds for segment in segments)
    if isinstance(segments[0].samples, SampleScenes) and work > limits.segment_time_limit_seconds:
        raise Failure(
            Reason.TIME_LIMIT,
            f"Finding scene changes in this range would take about {work:,.0f} seconds; at most "
            f"{limits.segment_time_limit_seconds:,.0f} are allowed. Choose a shorter range.",
        )


def _select(scan: Scan, recipe: Recipe) -> _Selection:
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
            return _select_grid(scan, start, end, _step_of(regular, end - start))
        case AtTimes():
            return _select_times(scan, answered_times(recipe, scan.duration))
        case SceneChanges() as scenes:
            return _select_scenes(scan, start, end, scenes)
        case Keyframes() | AllFrames() as frames:
            keyframes_only = isinstance(frames, Keyframes)
            return _select_span(scan, start, end, keyframes_only=keyframes_only)


def _step_of(sampling: EveryInterval | PerSecond | EvenlySpread, length: Fraction) -> Fraction:
    match sampling:
        case EveryInterval(seconds=seconds):
            return seconds
        case PerSecond(fps=fps):
            return 1 / fps
        case EvenlySpread(count=count):
            return length / count


def _select_grid(scan: Scan, origin: Fraction, end: Fraction, step: Fraction) -> _Selection:
    count = ceil((end - origin) / step)
    if count > MAX_SAMPLE_TIMES:
        raise Failure(
            Reason.TOO_MANY_FRAMES,
            f"This recipe has {count:,} sample times; at most {MAX_SAMPLE_TIMES:,} are possible.",
        )
    # Timestamps of the sample times, rounded down, in integers: (a + k * b) // c.
    base = scan.facts.time_base
    c = (origin / base).denominator * (step / base).denominator
    a, b = int(origin / base * c), int(step / base * c)
    wanted = np.fromiter(((a + k * b) // c for k in range(count)), np.int64, count)
    positions, starts = _positions_at(scan, wanted + scan.facts.first)
    grid = SampleGrid(origin=origin, step=step, first=0, last=count)
    return _Selection.of(positions, grid, starts)


def _select_times(scan: Scan, times: Sequence[Fraction]) -> _Selection:
    if not times:
        raise Failure(
            Reason.NOTHING_SELECTED,
            f"None of the requested times lies within the video, "
            f"which lasts {clock_time(scan.duration)}.",
        )
    clock = scan.clock
    wanted = np.array([clock.last_timestamp_at(time) for time in times], np.int64)
    positions, starts = _positions_at(scan, wanted)
    return _Selection.of(positions, SampleTimes(times=tuple(times)), starts)


def _positions_at(
    scan: Scan, wanted: Timestamps
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The distinct frames that answer ascending timestamps, and where each one's samples begin."""
    answering = np.maximum(np.searchsorted(scan.timestamps, wanted, side="right") - 1, 0)
    positions, starts = np.unique(answering, return_index=True)
    return positions, np.append(starts, len(wanted)).astype(np.int64)


def _select_span(scan: Scan, start: Fraction, end: Fraction, *, keyframes_only: bool) -> _Selection:
    positions = _positions_within(scan, start, end, keyframes_only=keyframes_only)
    span = SampleSpan(start=start, end=end, keyframes_only=keyframes_only)
    return _Selection.of(positions, span, None)


def _select_scenes(scan: Scan, start: Fraction, end: Fraction, mode: SceneChanges) -> _Selection:
    """Every frame must be looked at; how many begin a scene nobody knows before."""
    positions = _positions_within(scan, start, end, keyframes_only=False)
    at_most = len(positions)
    if mode.min_distance:
        at_most = min(at_most, ceil((end - start) / mode.min_distance))
    scenes = SampleScenes(
        start=start, end=end, threshold=mode.threshold, min_distance=mode.min_distance
    )
    likely = min(at_most, ceil((end - start) / SECONDS_PER_SCENE))
    return _Selection(positions, scenes, None, at_most, likely)


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


def _costs(scan: Scan, size: Size, output: Output) -> _Costs:
    pixels = size.width * size.height
    tone_mapping = pixels / TONE_MAPPED_PIXELS_PER_SECOND if scan.facts.is_hdr else 0.0
    return _Costs(
        decode=scan.facts.width * scan.facts.height / DECODED_PIXELS_PER_SECOND,
        encode=pixels / ENCODED_PIXELS_PER_SECOND[output.format] + tone_mapping,
    )


def _segments(
    scan: Scan, selection: _Selection, costs: _Costs, budget: float
) -> Iterator[PlannedSegment]:
    work = _Work(scan, selection, costs)
    if isinstance(selection.samples, SampleScenes):
        yield PlannedSegment(
            index=0,
            samples=selection.samples,
            frames_at_most=selection.frames_at_most,
            work_seconds=work.of(0, len(work)),
        )
        return
    cuts = [0, *_cuts(work, budget), len(selection.positions)]
    for index, (first, last) in enumerate(pairwise(cuts)):
        yield PlannedSegment(
            index=index,
            samples=_samples_between(scan, selection, first, last),
            frames_at_most=last - first,
            work_seconds=work.of(first, last),
        )


class _Work:
    """Estimated seconds of one core's work for a range of wanted frames."""

    def __init__(self, scan: Scan, selection: _Selection, costs: _Costs) -> None:
        positions = selection.positions
        keyframes = np.flatnonzero(scan.keyframes)
        at = np.searchsorted(keyframes, positions, side="right") - 1
        starts = np.where(at >= 0, keyframes[np.maximum(at, 0)], 0) if len(keyframes) else at * 0
        self._keyframes_only = (
            isinstance(selection.samples, SampleSpan) and selection.samples.keyframes_only
        )
        self._encoded = (
            selection.likely_frames if isinstance(selection.samples, SampleScenes) else None
        )
        self._positions = positions
        self.starts: npt.NDArray[np.int64] = starts
        """For each wanted frame, the keyframe that decoding it starts at."""
        self._costs = costs

    def __len__(self) -> int:
        return len(self._positions)

    def of(self, first: int, last: int) -> float:
        """For the wanted frames `[first, last)`."""
        encoded = last - first if self._encoded is None else self._encoded
        return (
            self._decoded(int(self.starts[first]), first, last) * self._costs.decode
            + encoded * self._costs.encode
        )

    def repeated(self, at: int) -> float:
        """What is decoded a second time when a segment begins at this wanted frame."""
        if self._keyframes_only or at == 0 or self.starts[at] > self._positions[at - 1]:
            return 0.0
        return int(self._positions[at - 1] + 1 - self.starts[at]) * self._costs.decode

    def _decoded(self, start: int, first: int, last: int) -> int:
        if self._keyframes_only:
            return last - first
        return int(self._positions[last - 1]) - start + 1


def _cuts(work: _Work, budget: float) -> Iterator[int]:
    """Where new segments begin.

    Segments share the work evenly, and begin where little is decoded twice: a video without
    keyframes to begin at gains nothing from being cut.
    """
    end = len(work)
    total = work.of(0, end)
    target = total / max(1, ceil(total / budget))
    little = target / 4
    begin = 0
    for at in range(1, end):
        so_far, repeated = work.of(begin, at + 1), work.repeated(at)
        is_good_place = not repeated or (so_far > target + little and repeated <= little)
        if so_far > target and is_good_place and work.of(begin, end) > target + little:
            yield at
            begin = at


def _samples_between(scan: Scan, selection: _Selection, first: int, last: int) -> Samples:
    """The samples that the wanted frames `[first, last)` answer."""
    samples = selection.samples
    if isinstance(samples, SampleSpan):
        return _span_between(scan, selection, samples, first, last)
    assert selection.sample_starts is not None  # noqa: S101 - only spans have none
    begin, end = int(selection.sample_starts[first]), int(selection.sample_starts[last])
    if isinstance(samples, SampleGrid):
        return samples.model_copy(update={"first": begin, "last": end})
    assert isinstance(samples, SampleTimes)  # noqa: S101 - scenes are never cut
    return SampleTimes(times=samples.times[begin:end])


def _span_between(
    scan: Scan, selection: _Selection, span: SampleSpan, first: int, last: int
) -> SampleSpan:
    """Borders are times of wanted frames; the outermost ones are the recipe's own."""
    positions, clock = selection.positions, scan.clock

    def time_of(i: int) -> Fraction:
        return clock.seconds(int(scan.timestamps[positions[i]]))

    return SampleSpan(
        start=span.start if first == 0 else time_of(first),
        end=span.end if last == len(positions) else time_of(last),
        keyframes_only=span.keyframes_only,
    )
