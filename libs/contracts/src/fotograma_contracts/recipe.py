"""A recipe: which frames a user wants, and how they are written."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from fotograma_contracts.base import Rational, Value

_MAX_DIGITS = 20


def _as_written_by_people(value: Fraction) -> Fraction:
    """Sample times are computed from what a recipe says, and messages bound their digits too."""
    if value.denominator > 10**_MAX_DIGITS or value.numerator > 10 ** (2 * _MAX_DIGITS):
        raise PydanticCustomError("digits", "expected fewer digits")
    return value


def _at_least(limit: Fraction) -> Callable[[Fraction], Fraction]:
    """Check against a limit that is no whole number: pydantic would tell it as Python writes it."""

    def check(value: Fraction) -> Fraction:
        if value < limit:
            bound = float(limit)
            raise PydanticCustomError("greater_than_equal", "expected at least {ge}", {"ge": bound})
        return value

    return check


Number = Annotated[Rational, AfterValidator(_as_written_by_people)]
Seconds = Annotated[Number, Field(ge=0)]
PositiveSeconds = Annotated[Number, Field(gt=0)]
Step = Annotated[Number, AfterValidator(_at_least(Fraction(1, 1000)))]


def parse_percent(text: str) -> Fraction:
    """The exact share of a whole that a text such as `"12.5%"` says: 1/8."""
    return Fraction(text.removesuffix("%")) / 100


def _at_most_all(text: str) -> str:
    if parse_percent(text) > 1:
        raise PydanticCustomError("too_large", "A share can be at most 100 %.", {"limit": 100})
    return text


Percent = Annotated[str, Field(pattern=r"^\d{1,3}(\.\d{1,20})?%$"), AfterValidator(_at_most_all)]
"""A share of the video's duration, as it was written; `"100%"` is its last frame."""


def _unit_of(value: object) -> str:
    return "percent" if isinstance(value, str) and value.endswith("%") else "seconds"


Time = Annotated[
    Annotated[Seconds, Tag("seconds")] | Annotated[Percent, Tag("percent")],
    Discriminator(_unit_of),
]


class _RecipePart(Value):
    """Recipes come from users, so a misspelt field is an error rather than ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EveryInterval(_RecipePart):
    """One frame every `seconds`."""

    mode: Literal["interval"] = "interval"
    seconds: Step = Fraction(1)


class PerSecond(_RecipePart):
    """`fps` frames for each second of video."""

    mode: Literal["fps"] = "fps"
    fps: Annotated[Number, AfterValidator(_at_least(Fraction(1, 1_000_000))), Field(le=1000)]


class EvenlySpread(_RecipePart):
    """`count` frames at equal distances from the start to the end."""

    mode: Literal["count"] = "count"
    count: Annotated[int, Field(ge=1, le=1_000_000)]


class AtTimes(_RecipePart):
    """The frames on screen at the given times: seconds from the start of the video, or per cent."""

    mode: Literal["times"] = "times"
    times: Annotated[tuple[Time, ...], Field(min_length=1, max_length=10_000)]


class SceneChanges(_RecipePart):
    """The first frame, and the first of each new scene.

    A frame begins a scene when it differs from the one before it by at least `threshold`, on
    libavfilter's scale of scene scores: 0 is the same picture, 1 differs in brightness by 100 of
    255 levels on average, or by more. The default finds cuts and leaves out camera movement; fades
    need less.
    """

    mode: Literal["scene"] = "scene"
    threshold: Annotated[float, Field(gt=0, le=1)] = 0.3
    min_distance: Annotated[Number, Field(ge=0, le=86_400)] = Fraction(1)
    """Seconds from one frame to the next, at least."""


class Keyframes(_RecipePart):
    """Every frame the encoder stored whole."""

    mode: Literal["keyframes"] = "keyframes"


class AllFrames(_RecipePart):
    """Every frame."""

    mode: Literal["all"] = "all"


Sampling = Annotated[
    EveryInterval | PerSecond | EvenlySpread | AtTimes | SceneChanges | Keyframes | AllFrames,
    Field(discriminator="mode"),
]


MODES = frozenset({"interval", "fps", "count", "times", "scene", "keyframes", "all"})
"""By which a sampling says what it is."""


class ImageFormat(StrEnum):
    """How a frame is encoded. The value is the file name extension."""

    PNG = "png"
    JPEG = "jpg"
    WEBP = "webp"


BYTES_PER_PIXEL: Mapping[ImageFormat, float] = {
    ImageFormat.PNG: 1.2,
    ImageFormat.JPEG: 0.25,
    ImageFormat.WEBP: 0.2,
}
"""What a frame may come to at quality 90. Measured on films: 1.1, 0.17 and 0.14."""


class Output(_RecipePart):
    """How frames are written. Frames are scaled down to fit, keeping their aspect, never up."""

    format: ImageFormat = ImageFormat.PNG
    quality: Annotated[int, Field(ge=1, le=100)] = 90
    """For JPEG and WebP; PNG is always exact."""
    max_width: Annotated[int, Field(ge=16, le=16_384)] | None = None
    max_height: Annotated[int, Field(ge=16, le=16_384)] | None = None


class Origin(StrEnum):
    """Where the times of a recipe and of its frames count from."""

    VIDEO = "video"
    """The first displayed frame."""
    FILE = "file"
    """The earliest first time of any stream of the file, as a player counts."""


StreamIndex = Annotated[int, Field(ge=0, le=9999)]
"""A stream's number in its file, sound and all other streams counted, from 0."""
NthVideo = Annotated[str, Field(pattern=r"^video:\d{1,4}$")]
"""A stream's number among those of video, from 0: `"video:1"` is the second."""


def _named_by(value: object) -> str:
    return "nth" if isinstance(value, str) and value.startswith("video") else "index"


Stream = Annotated[
    Annotated[StreamIndex, Tag("index")] | Annotated[NthVideo, Tag("nth")],
    Discriminator(_named_by),
]


class Recipe(_RecipePart):
    """The default is one PNG for each second."""

    sampling: Sampling = EveryInterval()
    start: Seconds = Fraction(0)
    end: PositiveSeconds | None = None
    output: Output = Output()
    # Not written where they are not used: services of the release before know neither.
    origin: Annotated[Origin, Field(exclude_if=lambda origin: origin is Origin.VIDEO)] = (
        Origin.VIDEO
    )
    """What `start`, `end`, sample times and shares, and the names of frames count from."""
    stream: Annotated[Stream | None, Field(exclude_if=lambda name: name is None)] = None
    """The video stream; by default the one that a player would show."""

    @model_validator(mode="after")
    def _end_follows_start(self) -> Self:
        if self.end is not None and self.end <= self.start:
            raise PydanticCustomError("end_before_start", "The end must be later than the start.")
        return self
