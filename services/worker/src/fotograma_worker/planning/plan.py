"""Plan an extraction: its segments and its size, within the limits. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

from fotograma_contracts.extractions import Limits, PassedOver, PlannedSegment, Probe
from fotograma_contracts.reasons import ExtractionWarning, Reason, WarningCode
from fotograma_contracts.recipe import (
    BYTES_PER_PIXEL,
    AllFrames,
    ImageFormat,
    Origin,
    Output,
    Recipe,
)
from fotograma_contracts.samples import Placed, SampleScenes, samples_in

from fotograma_worker.decoding.port import Scan
from fotograma_worker.errors import Failure
from fotograma_worker.geometry import Size, fit
from fotograma_worker.planning.formats import FORMATS
from fotograma_worker.planning.segments import costs_of, segments_of
from fotograma_worker.planning.wanted_frames import clock_time, counted, find_wanted_frames
from fotograma_worker.protocol import StreamFacts

BYTES_PER_ENTRY = 500
"""ZIP headers and the manifest's lines."""
_CLAIM_TOLERANCE = Fraction(1)
"""Seconds by which a container may overstate its duration without a warning."""
_PLACES = 10
"""That a warning names."""


@dataclass(frozen=True)
class Plan:
    """The segments of a recipe on one source."""

    probe: Probe
    sample_count: int | None
    frames_at_most: int
    estimated_archive_bytes: int
    segments: tuple[PlannedSegment, ...]


def plan_extraction(scan: Scan, recipe: Recipe, limits: Limits, idle_workers: int = 0) -> Plan:
    """Resolve a recipe against a video. Raises `Failure` where it does not fit the limits.

    It is cut for the workers that are idle, of which there may be none.
    """
    if recipe.origin is Origin.FILE:
        scan = replace(scan, first_at=scan.facts.video_start)
    size = fit(
        Size(scan.facts.upright_width, scan.facts.upright_height),
        recipe.output.max_width,
        recipe.output.max_height,
    )
    _check_size(size, recipe.output.format, limits)
    wanted = find_wanted_frames(scan, recipe)
    _check_frames(wanted.frames_at_most, limits)
    archive_bytes = estimated_archive_bytes(wanted.likely_frames, size, recipe.output)
    _check_archive_size(archive_bytes, wanted.likely_frames, limits)
    costs = costs_of(scan, size, recipe.output)
    segments = tuple(
        _in_time_order(segment, scan.facts)
        for segment in segments_of(scan, wanted, costs, limits.segment_work_seconds, idle_workers)
    )
    _check_work(segments, limits)
    return Plan(
        probe=probe_of(scan, recipe),
        sample_count=None if wanted.sample_starts is None else int(wanted.sample_starts[-1]),
        frames_at_most=wanted.frames_at_most,
        estimated_archive_bytes=archive_bytes,
        segments=tuple(_placed(segment, scan, recipe) for segment in segments),
    )


def _placed(segment: PlannedSegment, scan: Scan, recipe: Recipe) -> PlannedSegment:
    """Name the stream and the clock in a segment, unless its worker can only find the same ones."""
    facts = scan.facts
    rivals = [each for each in facts.streams if each.passed_over is not PassedOver.ATTACHED]
    if recipe.stream is None and len(rivals) < 2 and not scan.first_at:
        return segment
    samples = Placed(
        stream=facts.stream, first_at=scan.first_at, samples=samples_in(segment.samples)
    )
    return segment.model_copy(update={"samples": samples})


def _in_time_order(segment: PlannedSegment, facts: StreamFacts) -> PlannedSegment:
    """Tell a segment where times go back in the file."""
    if not facts.breaks and not facts.overlap:
        return segment
    told = {"breaks": facts.breaks, "overlap": facts.overlap}
    samples = samples_in(segment.samples).model_copy(update=told)
    return segment.model_copy(update={"samples": samples})


def probe_of(scan: Scan, recipe: Recipe) -> Probe:
    """The facts about the source that users see."""
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
        video_start=facts.video_start,
        stream=facts.stream,
        streams=facts.streams,
        warnings=(
            *scan.warnings,
            *_assumed_rate(scan),
            *_starts_late(scan),
            *_ends_early(scan),
            *_discontinuities(scan),
            *_repeated_times(scan, recipe),
        ),
    )


def estimated_archive_bytes(frames: int, size: Size, output: Output) -> int:
    """An estimate from measurements: how well a picture compresses is known only afterwards."""
    per_pixel = BYTES_PER_PIXEL[output.format]
    return ceil(frames * (size.width * size.height * per_pixel + BYTES_PER_ENTRY))


def _assumed_rate(scan: Scan) -> Iterator[ExtractionWarning]:
    rate = scan.facts.frame_rate
    if scan.facts.is_counted and rate is not None:
        yield ExtractionWarning(
            code=WarningCode.ASSUMED_RATE,
            detail="The file is video without a container and has no times: its frames are "
            f"counted at {float(rate):.6g} a second.",
        )


def _ends_early(scan: Scan) -> Iterator[ExtractionWarning]:
    claimed = scan.facts.claimed_end
    if claimed is None:
        return
    clock = scan.clock
    missing = clock.seconds(claimed) - clock.seconds(scan.facts.furthest_end)
    if missing > _CLAIM_TOLERANCE:
        yield ExtractionWarning(
            code=WarningCode.ENDS_EARLY,
            detail="The file says that it lasts "
            f"{clock_time(clock.seconds(claimed) - scan.first_at)}, "
            f"but its video ends at {clock_time(scan.duration)}.",
        )


def _starts_late(scan: Scan) -> Iterator[ExtractionWarning]:
    skipped = scan.facts.skipped
    if skipped:
        first = "frame" if skipped == 1 else f"{skipped:,} frames"
        yield ExtractionWarning(
            code=WarningCode.STARTS_WITHOUT_KEYFRAME,
            detail=f"The video begins without a keyframe: its first {first} cannot be decoded. "
            "Times count from the first frame that can.",
        )


def _repeated_times(scan: Scan, recipe: Recipe) -> Iterator[ExtractionWarning]:
    """Warn where much of the video cannot be reached by its times. Whoever extracts all frames
    tells of each that is left out from the first one on, unless edits overlap: the segment that it
    is left out of may not come to it.
    """
    is_all, facts = isinstance(recipe.sampling, AllFrames), scan.facts
    is_told_later = is_all and not facts.overlap
    unreached = facts.earlier + (0 if is_told_later else facts.repeated)
    seconds = unreached * scan.duration / len(scan.timestamps)
    if seconds >= _CLAIM_TOLERANCE or (is_all and unreached):
        frames = "1 frame has" if unreached == 1 else f"{unreached:,} frames have"
        yield ExtractionWarning(
            code=WarningCode.TIMES_REPEAT,
            detail=f"{frames} no time after the frame before, and cannot be shown.",
        )


def _discontinuities(scan: Scan) -> Iterator[ExtractionWarning]:
    breaks = scan.facts.breaks
    if breaks:
        places = [clock_time(scan.clock.seconds(each.start)) for each in breaks[:_PLACES]]
        more = f" and {counted(len(breaks) - _PLACES, 'more place')}" * (len(breaks) > _PLACES)
        yield ExtractionWarning(
            code=WarningCode.DISCONTINUITY,
            detail=f"The clock of the video starts again at {', '.join(places)}{more}. "
            "Times go on from the frame before.",
        )


def _check_size(size: Size, image_format: ImageFormat, limits: Limits) -> None:
    """Refuse pictures that are too large: with square pixels they may be larger than the frames."""
    side = FORMATS[image_format].max_side
    if max(size.width, size.height) > side:
        allowed = f"{image_format.name} allows at most {side:,} on a side"
    elif size.width * size.height > limits.max_pixels:
        allowed = f"at most {limits.max_pixels:,} are allowed"
    else:
        return
    raise Failure(
        Reason.TOO_MANY_PIXELS,
        f"A frame would be {size.width:,} x {size.height:,} pixels; {allowed}. "
        "Set a maximum width or height.",
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
            f"{counted(frames, 'frame')} would take about {archive_bytes / 1e9:,.1f} GB; an "
            f"archive may have at most {limits.max_archive_bytes / 1e9:,.1f} GB. "
            "Choose fewer or smaller frames, or JPEG.",
        )


def _check_work(segments: Sequence[PlannedSegment], limits: Limits) -> None:
    """Refuse at once what would exceed the time limit: scenes cannot be cut into segments."""
    work = max(segment.work_seconds for segment in segments)
    if isinstance(segments[0].samples, SampleScenes) and work > limits.segment_time_limit_seconds:
        raise Failure(
            Reason.TIME_LIMIT,
            f"Finding scene changes in this range would take about {work:,.0f} seconds; at most "
            f"{limits.segment_time_limit_seconds:,.0f} are allowed. Choose a shorter range.",
        )
