"""Samples: the part of a recipe that one segment answers, resolved against the probed video.

All times are exact seconds from the first displayed frame, unless a `Placed` says otherwise.
"""

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from fotograma_contracts.base import Rational, Value


class SampleGrid(Value):
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


class SampleTimes(Value):
    """Given sample times, ascending and distinct."""

    kind: Literal["times"] = "times"
    times: tuple[Rational, ...]


class SampleSpan(Value):
    """Every frame, or every keyframe, whose time is in `[start, end)`; `end` None is unbounded."""

    kind: Literal["span"] = "span"
    start: Rational
    end: Rational | None
    keyframes_only: bool


class SampleScenes(Value):
    """The first frame whose time is in `[start, end)`, and every one that begins a scene.

    Always one segment: what is chosen depends on what was chosen before.
    """

    kind: Literal["scenes"] = "scenes"
    start: Rational
    end: Rational
    threshold: Annotated[float, Field(gt=0, le=1)]
    min_distance: Annotated[Rational, Field(ge=0)]


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
