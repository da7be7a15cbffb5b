"""Divide the wanted frames into segments of bounded work. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt
from fotograma_contracts.extractions import PlannedSegment
from fotograma_contracts.recipe import Output
from fotograma_contracts.samples import (
    SampleGrid,
    Samples,
    SampleScenes,
    SampleSpan,
    SampleTimes,
)

from fotograma_worker.decoding.port import Scan
from fotograma_worker.geometry import Size
from fotograma_worker.planning.formats import FORMATS
from fotograma_worker.planning.wanted_frames import WantedFrames

DECODED_PIXELS_PER_SECOND = 350e6
"""Of one core. Measured in 1080p: 290e6 to 440e6, H.264 and HEVC."""
_KEYFRAME = 4
"""Average frames that take as long to decode as a lone keyframe: measured 18.5 against 4.7 ms,
where one of 48 is one."""
_NEEDED = 0.55
"""Of the frames between wanted ones, those to which others refer. Measured: 0.41 to 0.65."""
_NONREF_CODECS = frozenset({"h264", "hevc", "mpeg1video", "mpeg2video"})
"""Codecs whose other frames are not decoded."""
TONE_MAPPED_PIXELS_PER_SECOND = 45e6
"""Of one core. Measured on 1080p: 120 ms, with the conversion to 16 bits before it."""
LEAST_SECONDS = 2.0
"""Of a segment that is cut so that more workers take part: each costs a tenth of one."""
ROUNDS = 4
"""Segments for each idle worker, if there is work for them: who is done first takes another. With
three, eight workers waited a hundredth of the time longer for the last (bench/fleet.py)."""


@dataclass(frozen=True)
class Costs:
    """Seconds of one core for one frame."""

    decode: float
    encode: float


def costs_of(scan: Scan, size: Size, output: Output) -> Costs:
    """The cost of decoding a frame of the video, and of encoding one of `size`."""
    pixels = size.width * size.height
    tone_mapping = pixels / TONE_MAPPED_PIXELS_PER_SECOND if scan.facts.is_hdr else 0.0
    return Costs(
        decode=scan.facts.width * scan.facts.height / DECODED_PIXELS_PER_SECOND,
        encode=pixels / FORMATS[output.format].encoded_pixels_per_second + tone_mapping,
    )


def segments_of(
    scan: Scan, wanted: WantedFrames, costs: Costs, budget: float, idle_workers: int
) -> Iterator[PlannedSegment]:
    """Segments of about `budget` seconds of one core's work, in time order; of less where workers
    would stay idle.
    """
    work = _Work(scan, wanted, costs)
    if isinstance(wanted.samples, SampleScenes):
        yield PlannedSegment(
            index=0,
            samples=wanted.samples,
            frames_at_most=wanted.frames_at_most,
            work_seconds=work.of(0, len(work)),
        )
        return
    count = segment_count(work.of(0, len(work)), budget, idle_workers)
    cuts = [0, *_cuts(work, min(count, len(work))), len(wanted.positions)]
    for index, (first, last) in enumerate(pairwise(cuts)):
        yield PlannedSegment(
            index=index,
            samples=_samples_between(scan, wanted, first, last),
            frames_at_most=last - first,
            work_seconds=work.of(first, last),
        )


class _Work:
    """Estimated seconds of one core's work for a range of wanted frames."""

    def __init__(self, scan: Scan, wanted: WantedFrames, costs: Costs) -> None:
        positions = wanted.positions
        keyframes = np.flatnonzero(scan.keyframes)
        at = np.searchsorted(keyframes, positions, side="right") - 1
        starts = np.where(at >= 0, keyframes[np.maximum(at, 0)], 0) if len(keyframes) else at * 0
        self._keyframes_only = (
            isinstance(wanted.samples, SampleSpan) and wanted.samples.keyframes_only
        )
        self._encoded = wanted.likely_frames if isinstance(wanted.samples, SampleScenes) else None
        self._positions = positions
        self.starts: npt.NDArray[np.int64] = starts
        """For each wanted frame, the keyframe that decoding it starts at."""
        self._costs = costs
        is_sampled = isinstance(wanted.samples, SampleGrid | SampleTimes)
        self._needed = _NEEDED if is_sampled and scan.facts.codec in _NONREF_CODECS else 1.0
        is_alone = is_sampled or self._keyframes_only
        self._keyframe = (
            min(_KEYFRAME, len(scan.timestamps) / max(1, len(keyframes))) if is_alone else 1.0
        )
        before = np.concatenate(([-1], positions[:-1]))
        steps = self._frames(positions - np.maximum(starts - 1, before), starts > before)
        self._decoded_to = np.concatenate(([0.0], np.cumsum(steps)))
        """For each wanted frame, what is decoded for those before it."""

    def __len__(self) -> int:
        return len(self._positions)

    def of(self, first: int, last: int) -> float:
        """For the wanted frames `[first, last)`."""
        encoded = last - first if self._encoded is None else self._encoded
        return self._decoded(first, last) * self._costs.decode + encoded * self._costs.encode

    def before(self) -> npt.NDArray[np.float64]:
        """Seconds for the wanted frames before each one, and for all of them."""
        count = np.arange(len(self) + 1)
        decoded = count * self._keyframe if self._keyframes_only else self._decoded_to
        return decoded * self._costs.decode + count * self._costs.encode

    def repeated(self) -> npt.NDArray[np.float64]:
        """For each wanted frame, the seconds of decoding that repeat when a segment begins at it,
        but for the first, where none does.
        """
        if self._keyframes_only:
            return np.zeros(len(self))
        previous = np.concatenate(([-1], self._positions[:-1]))
        frames = previous + 1 - self.starts
        repeated = self._frames(frames, is_entered=True) * self._costs.decode
        return np.where(frames > 0, repeated, 0.0)

    def _decoded(self, first: int, last: int) -> float:
        """Average frames that take as long as all that is decoded."""
        if self._keyframes_only:
            return (last - first) * self._keyframe
        from_key = self._positions[first] - self.starts[first] + 1
        alone = float(self._frames(from_key, is_entered=True))
        return alone + float(self._decoded_to[last] - self._decoded_to[first + 1])

    def _frames(self, frames: Any, is_entered: Any) -> Any:
        """So many frames up to a wanted one, which begin with a keyframe or not."""
        return 1 + (frames - 1) * self._needed + (self._keyframe - 1) * is_entered


def segment_count(work_seconds: float, budget: float, idle_workers: int) -> int:
    """Into how many segments to cut: whole rounds of the idle workers, so that they end together,
    where there is more than one.
    """
    needed = max(1, ceil(work_seconds / budget))
    shared = min(ROUNDS * idle_workers, int(work_seconds / LEAST_SECONDS))
    if shared > idle_workers:
        shared -= shared % idle_workers
    if needed > idle_workers > 0:
        needed = ceil(needed / idle_workers) * idle_workers
    return max(needed, shared)


def _cuts(work: _Work, count: int) -> list[int]:
    """Where new segments begin.

    Segments share the work evenly, and begin where little is decoded twice: a video without
    keyframes to begin at gains nothing from being cut.
    """
    before, repeated = work.before(), work.repeated()
    target = float(before[-1]) / count
    ideal = np.arange(1, count, dtype=np.float64) * target
    cuts = np.zeros(len(ideal), np.int64)
    for most in (target / 4, 0.0):  # where nothing is decoded twice is better
        places = np.flatnonzero(repeated <= most)
        nearest = _nearest(before, places, ideal)
        is_near = np.abs(before[nearest] - ideal) <= target / 2
        cuts = np.where(is_near, nearest, cuts)
    return [int(cut) for cut in np.unique(cuts) if cut]


def _nearest(
    values: npt.NDArray[np.float64], places: npt.NDArray[np.int64], wanted: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Those of the places whose values are nearest to what is wanted. Values ascend."""
    at = values[places]
    after = np.minimum(np.searchsorted(at, wanted), len(at) - 1)
    ahead = np.maximum(after - 1, 0)
    is_after = np.abs(at[after] - wanted) < np.abs(at[ahead] - wanted)
    return np.where(is_after, places[after], places[ahead])


def _samples_between(scan: Scan, wanted: WantedFrames, first: int, last: int) -> Samples:
    """The samples that the wanted frames `[first, last)` answer."""
    samples = wanted.samples
    if isinstance(samples, SampleSpan):
        return _span_between(scan, wanted, samples, first, last)
    assert wanted.sample_starts is not None  # noqa: S101 - only spans have none
    begin, end = int(wanted.sample_starts[first]), int(wanted.sample_starts[last])
    if isinstance(samples, SampleGrid):
        bounds = {"first": samples.first + begin, "last": samples.first + end}
        return samples.model_copy(update=bounds)
    assert isinstance(samples, SampleTimes)  # noqa: S101 - scenes are never cut
    return SampleTimes(times=samples.times[begin:end])


def _span_between(
    scan: Scan, wanted: WantedFrames, span: SampleSpan, first: int, last: int
) -> SampleSpan:
    """A span between wanted frames; the outermost borders are the recipe's own."""
    positions, clock = wanted.positions, scan.clock

    def time_of(i: int) -> Fraction:
        return clock.seconds(int(scan.timestamps[positions[i]]))

    return SampleSpan(
        start=span.start if first == 0 else time_of(first),
        end=span.end if last == len(positions) else time_of(last),
        keyframes_only=span.keyframes_only,
    )
