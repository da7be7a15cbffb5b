"""Serve a decoding child, and validate what it answers.

A hostile file may control the child: every message is bounded and checked.
"""

from collections import deque
from fractions import Fraction
from typing import Protocol

import numpy as np
import structlog
from fotograma_contracts.reasons import Reason
from fotograma_contracts.samples import Samples, SampleScenes, SampleSpan

from fotograma_worker import metrics
from fotograma_worker.decoding.port import (
    ByteSource,
    EncodedSpriteSheet,
    ExtractReport,
    OnFrame,
    OnSheet,
    Scan,
)
from fotograma_worker.decoding.processes import Child, ProtocolError
from fotograma_worker.errors import Failure
from fotograma_worker.protocol import (
    FRAME_HEADER_LENGTH,
    MAX_NOTE,
    MAX_READ,
    MAX_TIMESTAMPS,
    READ_REQUEST,
    EncodedFrame,
    EndNote,
    FailureNote,
    FaultNote,
    FrameHeader,
    Kind,
    SpriteSheetHeader,
    StreamFacts,
)

log = structlog.get_logger(__name__)

_TIMESTAMP_BYTES = 8
_EXTRA_FRAMES = 16
"""A decoder may output a few frames more than there are packets."""
_MAX_SOURCE_READS = 16
_EXTRA_READ_BYTES = 256 << 20
"""How often a child may read the source over, and how many bytes more: seeking and reading ahead
repeat some of it."""
_MAX_BYTES = {
    Kind.STREAM: 256 << 10,
    Kind.END: 16 << 10,
    Kind.FAULT: 16 << 10,
    Kind.FAILED: 8 << 10,
}
"""Of notes that are parsed: megabytes of JSON would hold up the whole worker."""
_FIELDS = 8
"""More than a header has beside its list."""


class Answers(Protocol):
    """Handles a child's messages. Raises `ProtocolError` at one that is not allowed."""

    async def handle(self, kind: Kind, body: bytes) -> None: ...


async def serve_child(
    child: Child, source: ByteSource, answers: Answers, max_message_bytes: int
) -> None:
    """Serve the child until it sends its end note. Raises `Failure` if it sends a failure note or a
    fault note.
    """
    reads = _Reads(source)
    while True:
        kind, body = await child.receive(max_message_bytes)
        if len(body) > _MAX_BYTES.get(kind, MAX_NOTE) and kind is not Kind.FRAME:
            raise ProtocolError(f"{kind} of {len(body)} bytes")
        match kind:
            case Kind.READ:
                await child.send(Kind.DATA, await reads.answer(body))
            case Kind.FAILED:
                raise _refusal(FailureNote.model_validate_json(body))
            case Kind.FAULT:
                raise _fault(FaultNote.model_validate_json(body))
            case Kind.END:
                await answers.handle(kind, body)
                _check_imports(EndNote.model_validate_json(body))
                return
            case _:
                await answers.handle(kind, body)


class _Reads:
    """Reads the source for a child: within its bounds, and not without end."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._left = source.size * _MAX_SOURCE_READS + _EXTRA_READ_BYTES

    async def answer(self, request: bytes) -> bytes:
        if len(request) != READ_REQUEST.size:
            raise ProtocolError("read request")
        offset, length = READ_REQUEST.unpack(request)
        if length > MAX_READ or offset + length > self._source.size:
            raise ProtocolError(f"read of {length} bytes at {offset}")
        self._left -= max(length, 1)
        if self._left < 0:
            log.warning("decoding child read the source too often", size=self._source.size)
            raise decoder_crashed()
        return await self._source.read(offset, length)


class ScanAnswers:
    """Collects the tables of a scan."""

    def __init__(self) -> None:
        self._facts: StreamFacts | None = None
        self._timestamps: list[bytes] = []
        self._keyframes: list[bytes] = []
        self._frames = 0
        self._flags = 0

    async def handle(self, kind: Kind, body: bytes) -> None:
        match kind:
            case Kind.STREAM:
                self._facts = StreamFacts.model_validate_json(body)
            case Kind.TIMESTAMPS:
                if not body or len(body) % _TIMESTAMP_BYTES:
                    raise ProtocolError("a part of a timestamp")
                self._frames += len(body) // _TIMESTAMP_BYTES
                self._timestamps.append(body)
            case Kind.KEYFRAMES:
                self._flags += len(body)
                self._keyframes.append(body)
            case Kind.END:
                return
            case _:
                raise ProtocolError(f"{kind} in a scan")
        if self._frames > MAX_TIMESTAMPS or self._flags > self._frames:
            raise ProtocolError("too many timestamps")
        if len(self._keyframes) > len(self._timestamps):
            raise ProtocolError("too many messages")

    def result(self) -> Scan:
        timestamps = np.frombuffer(b"".join(self._timestamps), "<i8").astype(np.int64)
        keyframes = np.frombuffer(b"".join(self._keyframes), "u1").astype(np.bool_)
        facts = self._facts
        if (
            facts is None
            or not len(timestamps)
            or len(timestamps) != len(keyframes)
            or timestamps[0] != facts.first
            or timestamps[-1] >= facts.end
            or (np.diff(timestamps) <= 0).any()
        ):
            raise ProtocolError("tables that contradict each other")
        return Scan(facts, timestamps, keyframes)


class ExtractAnswers:
    """Passes frames and sprite sheets on as they arrive."""

    def __init__(
        self, samples: Samples, max_frames: int, on_frame: OnFrame, on_sheet: OnSheet | None
    ) -> None:
        self._on_frame = on_frame
        self._on_sheet = on_sheet
        self._without_thumbnail: deque[int] = deque()
        if isinstance(samples, SampleSpan | SampleScenes):
            self._samples_left, self._frames_left = 0, max_frames + _EXTRA_FRAMES
        else:
            wanted = len(samples.times)
            self._samples_left, self._frames_left = wanted, wanted + _EXTRA_FRAMES
        self._latest: Fraction | None = None
        self._poster: bytes | None = None
        self._end: EndNote | None = None

    async def handle(self, kind: Kind, body: bytes) -> None:
        match kind:
            case Kind.FRAME:
                await self._on_frame(self._frame(body))
            case Kind.SHEET if self._on_sheet is not None:
                await self._on_sheet(self._sheet(body))
            case Kind.POSTER if self._on_sheet is not None and self._poster is None:
                self._poster = body
            case Kind.END:
                self._end = EndNote.model_validate_json(body)
            case _:
                raise ProtocolError(f"{kind} in an extraction")

    def result(self) -> ExtractReport:
        assert self._end is not None  # noqa: S101 - `serve_child` returns after the end only
        end = self._end
        warnings = tuple(note.warning() for note in end.warnings)
        return ExtractReport(end.engine, warnings, end.frames_seen, self._poster)

    def _frame(self, body: bytes) -> EncodedFrame:
        encoded, data = _split(body, self._samples_left)
        header = FrameHeader.model_validate_json(encoded)
        if self._latest is not None and header.time <= self._latest:
            raise ProtocolError("frames out of order")
        self._latest = header.time
        self._frames_left -= 1
        self._samples_left -= len(header.samples)
        if self._frames_left < 0 or self._samples_left < 0:
            raise ProtocolError("more frames or samples than were asked for")
        if self._on_sheet is not None:
            self._without_thumbnail.append(header.pts)
        return EncodedFrame(header.pts, header.time, header.samples, data)

    def _sheet(self, body: bytes) -> EncodedSpriteSheet:
        encoded, data = _split(body, len(self._without_thumbnail))
        header = SpriteSheetHeader.model_validate_json(encoded)
        for pts in header.pts:
            if not self._without_thumbnail or self._without_thumbnail.popleft() != pts:
                raise ProtocolError("thumbnails of other frames")
        return EncodedSpriteSheet(header, data)


def _split(body: bytes, most: int) -> tuple[bytes, bytes]:
    """Split a body into its JSON header, whose list has so many entries at most, and the bytes that
    follow.

    The entries are counted before they are parsed: a million of them would take seconds.
    """
    begin = FRAME_HEADER_LENGTH.size
    if len(body) < begin:
        raise ProtocolError("short frame")
    (length,) = FRAME_HEADER_LENGTH.unpack_from(body)
    if length > MAX_NOTE:
        raise ProtocolError(f"frame header of {length} bytes")
    header = body[begin : begin + length]
    if header.count(b",") > most + _FIELDS:
        raise ProtocolError(f"frame header with more than {most} entries")
    return header, body[begin + length :]


def _refusal(note: FailureNote) -> Failure:
    try:
        return note.refusal()
    except ValueError as error:
        raise ProtocolError(str(note.finding)) from error


def _fault(note: FaultNote) -> Failure:
    """The failure of a child that raised an exception of its own. Another attempt is not much of a
    hope, but a worker of another release may make it.
    """
    metrics.DECODER_FAULTS.labels("late_import" if note.late_imports else "exception").inc()
    log.error("decoding child failed by our fault", **note.model_dump())
    return our_fault(permanent=False)


def _check_imports(note: EndNote) -> None:
    if note.late_imports:
        metrics.DECODER_FAULTS.labels("late_import").inc()
        log.error("decoding child imported after the fork", late_imports=note.late_imports)


def our_fault(*, permanent: bool) -> Failure:
    """The failure of a child for which the file is not to blame."""
    return Failure(
        Reason.PROCESSING_FAILED,
        "Something went wrong on our side while this video was read.",
        permanent=permanent,
    )


def decoder_crashed(*, permanent: bool = True) -> Failure:
    """The failure of a child that a signal or a limit ended, for an unknown reason."""
    return Failure(
        Reason.DECODER_CRASHED,
        "The decoder crashed on this video; the file may be damaged.",
        permanent=permanent,
    )
