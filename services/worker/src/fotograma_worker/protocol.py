"""The protocol between a worker and its decoding child, over one stream socket.

A message is one byte of kind, four bytes of length (big endian) and a body. The child requests
bytes of the source (`READ`), receives them (`DATA`), and sends its results. Everything the child
sends may have been forged by a hostile file: the parent bounds every length and validates every
body.
"""

import re
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from fotograma_contracts.base import Rational, Value
from fotograma_contracts.extractions import VideoStream
from fotograma_contracts.reasons import ExtractionWarning, WarningCode
from fotograma_contracts.recipe import Output
from fotograma_contracts.samples import ClockBreak, SegmentSamples
from pydantic import AfterValidator, Field, TypeAdapter

from fotograma_worker.findings import (
    Finding,
    Name,
    Number,
    Refusal,
    Values,
    damaged_frames,
    times_repeat,
)
from fotograma_worker.geometry import MAX_STRETCH

HEADER = struct.Struct(">BI")
READ_REQUEST = struct.Struct(">QI")
"""Offset and length."""
FRAME_HEADER_LENGTH = struct.Struct(">I")

MAX_READ = 1 << 20
"""Bytes the child may request at once."""
MAX_NOTE = 4 << 20
"""Bytes of a message that is not a frame: notes are small, tables come in chunks."""
MAX_TIMESTAMPS = 8_000_000
"""Frames a video may have: 37 hours at 60 per second. 64 MB of timestamps."""
MAX_BREAKS = 256
"""Of a video's clock. Each segment's command lists them."""
TIMESTAMPS_PER_CHUNK = 100_000
MAX_TILES = 10_000
"""Thumbnails on one sprite sheet."""
MAX_FAULT_LINES = 20
MAX_SYMBOL = 200
NOT_IN_SYMBOLS = re.compile(r"[^\w.:<>?-]")
UNSANDBOXED = 77
"""The exit code of a child that could not enter a sandbox it must be in."""

Timestamps = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Timestamp = Annotated[int, Field(ge=-(1 << 62), le=1 << 62)]
Symbol = Annotated[str, Field(max_length=MAX_SYMBOL, pattern=r"^[\w.:<>?-]+$")]
"""A name from a program: of a class, of a module, or of a place in a source file."""
Version = Annotated[str, Field(max_length=64, pattern=r"^[0-9A-Za-z.+~:_-]+$")]
MAX_SIDE = 1 << 20
"""Pixels of a frame's side."""
Dimension = Annotated[int, Field(ge=1, le=MAX_SIDE)]
UprightDimension = Annotated[int, Field(ge=1, le=MAX_SIDE * MAX_STRETCH)]


class Kind(IntEnum):
    """The kinds of message."""

    JOB = 1
    DATA = 2
    READ = 3
    STREAM = 4
    TIMESTAMPS = 5
    KEYFRAMES = 6
    FRAME = 7
    END = 8
    FAILED = 9
    SANDBOX = 10
    SHEET = 11
    FAULT = 12
    POSTER = 13


class ChildLimits(Value):
    """The limits a child sets itself before it reads the first byte."""

    memory_bytes: int
    cpu_seconds: int
    max_pixels: int
    sandbox_required: bool = False
    """Exit rather than read a byte outside of a whole sandbox."""


class ScanJob(Value):
    """Find the source's frames, reading packets and decoding the first frame only."""

    kind: Literal["scan"] = "scan"
    size_bytes: int
    limits: ChildLimits
    stream: int | str | None = None
    """The video stream, as a recipe names it; None for the one that a player would show."""


class ExtractJob(Value):
    """Decode the frames that answer `samples` and encode them as `output` says."""

    kind: Literal["extract"] = "extract"
    size_bytes: int
    limits: ChildLimits
    samples: SegmentSamples
    output: Output
    thumbnails: bool = False
    """Send sprite sheets of them as well."""


class SelfTestJob(Value):
    """Enter the sandbox, send what confines the child, and try to break out."""

    kind: Literal["self-test"] = "self-test"
    limits: ChildLimits


Job = ScanJob | ExtractJob | SelfTestJob
JOB: TypeAdapter[Job] = TypeAdapter(Annotated[Job, Field(discriminator="kind")])


def _named(stream: VideoStream) -> VideoStream:
    """Whatever else is said of a stream is a number."""
    _NAME.validate_python(stream.codec)
    return stream


_NAME: TypeAdapter[str] = TypeAdapter(Name)
NamedVideoStream = Annotated[VideoStream, AfterValidator(_named)]


class StreamFacts(Value):
    """The properties of the video by its demuxer and first frame. Timestamps are in `time_base`."""

    container: Annotated[str, Field(pattern=r"^[a-z0-9_,]{1,100}$")]
    codec: Name
    width: Dimension
    """Of a decoded frame, before rotation and squaring of pixels."""
    height: Dimension
    upright_width: UprightDimension
    """As shown: rotated, with square pixels."""
    upright_height: UprightDimension
    rotation: Literal[0, 90, 180, 270]
    is_hdr: bool = False
    time_base: Annotated[Rational, Field(gt=0)]
    frame_rate: Annotated[Rational, Field(gt=0)] | None
    is_counted: bool = False
    """The file has no times: frames are counted at `frame_rate`."""
    first: Timestamp
    """Of the first displayed frame."""
    video_start: Annotated[Rational, Field(ge=0)] = Fraction(0)
    """Seconds from the earliest first time of any stream to the first displayed frame."""
    stream: Annotated[int, Field(ge=0)] = 0
    """The index of the video stream."""
    streams: Annotated[tuple[NamedVideoStream, ...], Field(max_length=100)] = ()
    """All video streams."""
    end: Timestamp
    """Of the end of the last frame."""
    claimed_end: Timestamp | None
    """The end that the container claims for the video or the whole file, if any."""
    furthest_end: Timestamp
    """The end of the last packet of any stream."""
    breaks: Annotated[tuple[ClockBreak, ...], Field(max_length=MAX_BREAKS)] = ()
    """Where the clock starts again. Timestamps are on one clock."""
    repeated: Annotated[int, Field(ge=0)] = 0
    """Frames that have the time of another one."""
    skipped: Annotated[int, Field(ge=0)] = 0
    """Frames before the first keyframe, which cannot be decoded."""
    earlier: Annotated[int, Field(ge=0)] = 0
    """Frames behind the first displayed one in the file whose times are before it."""
    overlap: Annotated[int, Field(ge=0, le=1 << 62)] = 0
    """How far the times of edits overlap. `repeated` then counts all frames that are not later than
    a frame before."""


class SandboxNote(Value):
    """What confines a child."""

    landlock_abi: Annotated[int, Field(ge=0)]
    """The kernel's version of Landlock; 0 without it."""
    seccomp: bool
    missing: Annotated[tuple[str, ...], Field(max_length=10)] = ()
    """The layers that do not confine it, and why."""


class FrameHeader(Value):
    """An encoded frame; its bytes follow."""

    pts: Timestamp
    time: Annotated[Rational, Field(ge=0)]
    samples: Annotated[tuple[Rational, ...], Field(max_length=1_000_000)]


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """One frame of the archive."""

    pts: int
    time: Fraction
    samples: tuple[Fraction, ...]
    data: bytes


class SpriteSheetHeader(Value):
    """A sprite sheet of thumbnails, row by row; its bytes, a JPEG, follow."""

    columns: Annotated[int, Field(ge=1, le=100)]
    tile_width: Annotated[int, Field(ge=1, le=1000)]
    tile_height: Annotated[int, Field(ge=1, le=1000)]
    pts: Annotated[tuple[Timestamp, ...], Field(min_length=1, max_length=MAX_TILES)]
    """Of the frames shown."""


_WARNINGS: Mapping[WarningCode, Callable[[int], str]] = {
    WarningCode.DAMAGED_FRAMES: damaged_frames,
    WarningCode.TIMES_REPEAT: times_repeat,
}


class WarningNote(Value):
    """What is short about a segment that was decoded."""

    code: Literal[WarningCode.DAMAGED_FRAMES, WarningCode.TIMES_REPEAT]
    count: Number = 0
    """How often; 0 where that is not known."""

    def warning(self) -> ExtractionWarning:
        """The same in words."""
        return ExtractionWarning(code=self.code, detail=_WARNINGS[self.code](self.count))


class EndNote(Value):
    """The job is done."""

    engine: Annotated[dict[Symbol, Version], Field(max_length=20)] = Field(default_factory=dict)
    """Versions of what the bytes of frames depend on."""
    warnings: Annotated[tuple[WarningNote, ...], Field(max_length=10)] = ()
    late_imports: Annotated[tuple[Symbol, ...], Field(max_length=MAX_FAULT_LINES)] = ()
    """Modules that the child asked for and did without: it should have had them before."""
    frames_seen: Annotated[int, Field(ge=0)] | None = None
    """The frames that were chosen from, those with a repeated time too; None where the engine does
    not count them."""


class FailureNote(Value):
    """The job failed."""

    finding: Finding
    values: Values = Field(default_factory=dict)

    def refusal(self) -> Refusal:
        """The failure. Raises `ValueError` when its values are not those of its finding."""
        return Refusal(self.finding, **self.values)


class FaultNote(Value):
    """The job failed by an exception that is no verdict on the file: the fault is ours.

    An exception's message may hold text of the file, so it stays in the child.
    """

    error: Symbol
    """The exception's class."""
    places: Annotated[tuple[Symbol, ...], Field(max_length=MAX_FAULT_LINES)]
    """Where it was raised: file, line and function of the innermost calls."""
    late_imports: Annotated[tuple[Symbol, ...], Field(max_length=MAX_FAULT_LINES)] = ()


def message(kind: Kind, *body: bytes | memoryview) -> Sequence[bytes | memoryview]:
    """Encode a message as buffers to send one after the other."""
    return (HEADER.pack(kind, sum(len(part) for part in body)), *body)
