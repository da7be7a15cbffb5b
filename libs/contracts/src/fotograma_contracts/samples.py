"""Samples: the part of a recipe that one segment answers, resolved against the probed video.

All times are exact seconds from the first displayed frame, unless a `Placed` says otherwise.
"""

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from fotograma_contracts.base import Rational, Value

_Ticks = Annotated[int, Field(ge=-(1 << 62), le=1 << 62)]


class ClockBreak(Value):
    """Where a stream's clock starts again. Times are in the stream's time base."""

    packet: Annotated[int, Field(ge=0)]
    """The number of the first packet behind it, among the video's."""
    offset: _Ticks
    """To add to the times that the file has from there on."""
    start: _Ticks
    """The end of the frame before it, on the clock of the whole."""
    at_keyframe: bool


class _Samples(Value):
    breaks: tuple[ClockBreak, ...] = ()
    """Where the video's clock starts again: a part of the plan, so that all segments agree."""
    overlap: Annotated[int, Field(ge=0, le=1 << 62)] = 0
    """How far the times of edits overlap: with this added, each frame's time is later than those of
    all frames decoded before it. In the stream's time base; 0 where each is, and from the release
    before."""


class SampleGrid(_Samples):
    """The sample times `origin + k * step` for `first <= k < last`."""

    kind: Literal["grid"] = "grid"
    origin: Rational
    step: Annotated[Rational, Field(gt=0)]
    first: Annotated[int, Field(ge=0)]
    last: int

    @property
    def times(self) -> tuple[Fraction, ...]:
        """The sample times in seconds, ascending."""
        return tuple(self.origin + k * self.step for k in range(self.first, self.last))


class SampleTimes(_Samples):
    """Given sample times, ascending and distinct."""

    kind: Literal["times"] = "times"
    times: tuple[Rational, ...]


class SampleSpan(_Samples):
    """Every frame, or every keyframe, whose time is in `[start, end)`; `end` None is unbounded."""

    kind: Literal["span"] = "span"
    start: Rational
    end: Rational | None
    keyframes_only: bool


class SampleScenes(_Samples):
    """The first frame whose time is in `[start, end)`, and every one that begins a scene.

    Always one segment: what is chosen depends on what was chosen before.
    """

    kind: Literal["scenes"] = "scenes"
    start: Rational
    end: Rational
    threshold: Annotated[float, Field(gt=0, le=1)]
    min_distance: Annotated[Rational, Field(ge=0)]
    frames: Annotated[int, Field(ge=0)] | None = None
    """How many frames the range has, by the plan; None from the release before."""


Samples = Annotated[
    SampleGrid | SampleTimes | SampleSpan | SampleScenes, Field(discriminator="kind")
]
"""What one segment answers: one kind for each way to sample."""


class Placed(Value):
    """Samples of a stream that is named, on a clock that need not begin with its first frame.

    A kind of its own: a worker that knows no such kind refuses the command, where it would decode
    other frames if it overlooked a field.
    """

    kind: Literal["placed"] = "placed"
    stream: Annotated[int, Field(ge=0)]
    """By its index in the file."""
    first_at: Annotated[Rational, Field(ge=0)]
    """When the first displayed frame is shown, in seconds."""
    samples: Samples


SegmentSamples = Annotated[
    SampleGrid | SampleTimes | SampleSpan | SampleScenes | Placed, Field(discriminator="kind")
]
"""What a planned segment answers: of the stream that its worker finds, or of one that is named."""


def samples_in(samples: SegmentSamples) -> Samples:
    """The samples, without the stream and the clock that they may name."""
    return samples.samples if isinstance(samples, Placed) else samples
