"""Samples: the part of a recipe that one segment answers, resolved against the probed video.

All times are exact seconds from the start of the video stream.
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
