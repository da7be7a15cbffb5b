"""The port to a decoder, whichever engine it has."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from fotograma_contracts.reasons import ExtractionWarning
from fotograma_contracts.recipe import Output
from fotograma_contracts.samples import SegmentSamples

from fotograma_worker.protocol import (
    MAX_TIMESTAMPS,
    EncodedFrame,
    Flags,
    SpriteSheetHeader,
    StreamFacts,
    Timestamps,
)
from fotograma_worker.sampling import Clock


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
    first_at: Fraction = Fraction(0)
    """The time of the first displayed frame."""

    @property
    def clock(self) -> Clock:
        """The clock that converts the stream's timestamps."""
        return Clock(self.facts.time_base, self.facts.first, self.first_at)

    @property
    def duration(self) -> Fraction:
        """Seconds from the first displayed frame to the end of the last one."""
        return self.end - self.first_at

    @property
    def end(self) -> Fraction:
        """The time of the end of the last frame."""
        return self.clock.seconds(self.facts.end)


@dataclass(frozen=True, slots=True)
class EncodedSpriteSheet:
    """A sprite sheet: thumbnails of consecutive frames, row by row, as one JPEG."""

    header: SpriteSheetHeader
    data: bytes


class ByteSource(Protocol):
    """The bytes of a source."""

    size: int

    async def read(self, offset: int, length: int) -> bytes: ...


@dataclass(frozen=True)
class DecodeLimits:
    """The limits of one job."""

    max_pixels: int
    seconds: float
    """Of wall clock."""
    max_frames: int = MAX_TIMESTAMPS


@dataclass(frozen=True)
class ExtractReport:
    """What is known after the last frame."""

    engine: dict[str, str]
    """Versions of what the bytes of frames depend on."""
    warnings: tuple[ExtractionWarning, ...]
    frames_seen: int | None = None
    """The frames of the segment that decoding gave; None where the engine does not count them."""
    poster: bytes | None = None
    """One thumbnail, as JPEG, that stands for all; where there are thumbnails."""


OnFrame = Callable[[EncodedFrame], Awaitable[None]]
OnSheet = Callable[[EncodedSpriteSheet], Awaitable[None]]


class Decoder(Protocol):
    """Reads videos. Every method raises `Failure` when a file cannot be read."""

    async def scan(
        self, source: ByteSource, limits: DecodeLimits, stream: int | str | None = None
    ) -> Scan:
        """Find a video's stream, or the one that a recipe names, its frames and keyframes."""

    async def extract(
        self,
        source: ByteSource,
        samples: SegmentSamples,
        output: Output,
        limits: DecodeLimits,
        on_frame: OnFrame,
        on_sheet: OnSheet | None = None,
    ) -> ExtractReport:
        """Pass the frames that answer `samples` to `on_frame`, in time order, and sprite sheets of
        their thumbnails to `on_sheet`.
        """
