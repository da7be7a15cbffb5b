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
TONE_MAPPED_PIXELS_PER_SECOND = 17e6
"""Of one core. Measured on 1080p: 120 ms, with the conversion to 16 bits before it."""
LEAST_SECONDS = 4.0
"""Of a segment that is cut so that more workers take part: each costs a tenth of one."""
AT_ONCE = 4
"""Segments that a video gives, if it has work for them: two workers decode four at once."""


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
    scan: Scan, wanted: WantedFrames, costs: Costs, budget: float
) -> Iterator[PlannedSegment]:
    """Segments of about `budget` seconds of one core's work, in time order; of less where workers
    would be idle.
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
    cuts = [0, *_cuts(work, budget), len(wanted.positions)]
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

    def repeated(self, at: int) -> float:
        """The seconds of decoding that repeat when a segment begins at this wanted frame."""
        if self._keyframes_only or at == 0 or self.starts[at] > self._positions[at - 1]:
            return 0.0
        frames = self._positions[at - 1] + 1 - self.starts[at]
        return float(self._frames(frames, is_entered=True)) * self._costs.decode

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


def _cuts(work: _Work, budget: float) -> Iterator[int]:
    """Where new segments begin.

    Segments share the work evenly, and begin where little is decoded twice: a video without
    keyframes to begin at gains nothing from being cut.
    """
    end = len(work)
    total = work.of(0, end)
    aim = min(budget, max(LEAST_SECONDS, total / AT_ONCE))
    target = total / max(1, ceil(total / aim))
    little = target / 4
    begin = 0
    for at in range(1, end):
        so_far, repeated = work.of(begin, at + 1), work.repeated(at)
        is_good_place = not repeated or (so_far > target + little and repeated <= little)
        if so_far > target and is_good_place and work.of(begin, end) > target + little:
            yield at
            begin = at


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
