"""What a worker hears from a decoding child, and what it believes of it.

A file may have taken the child over: nothing it says is taken for granted.
"""

from collections import deque
from fractions import Fraction
from typing import Protocol

import numpy as np
from fotograma_contracts.reasons import Reason
from fotograma_contracts.samples import Samples, SampleScenes, SampleSpan

from fotograma_worker.decoding.port import (
    ByteSource,
    EncodedSheet,
    ExtractReport,
    OnFrame,
    OnSheet,
    Scan,
)
from fotograma_worker.decoding.processes import Child, ChildBroken
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
    FrameHeader,
    Kind,
    SheetHeader,
    StreamFacts,
)

_TIMESTAMP_BYTES = 8
_EXTRA_FRAMES = 16
"""A decoder may show a few frames more than there are packets."""
_READS_OF_THE_SOURCE = 16
_MORE_READ = 256 << 20
"""How often a child may read the source over, and how many bytes besides: seeking and reading
ahead repeat some of it."""
_MAX_END_NOTE = 64 << 10


class Conversation(Protocol):
    """What is to be done with a child's messages. Raises `ChildBroken` at a wrong one."""

    async def hear(self, kind: Kind, body: bytes) -> None: ...


async def converse(
    child: Child, source: ByteSource, conversation: Conversation, longest: int
) -> None:
    """Serve the child until it says that it is done. Raises `Failure` if it says that it failed."""
    reads = _Reads(source)
    while True:
        kind, body = await child.receive(longest)
        if kind is not Kind.FRAME and len(body) > MAX_NOTE:
            raise ChildBroken(f"{kind} of {len(body)} bytes")
        match kind:
            case Kind.READ:
                await child.send(Kind.DATA, await reads.answer(body))
            case Kind.FAILED:
                note = FailureNote.model_validate_json(body)
                raise Failure(note.reason, note.detail)
            case Kind.END:
                await conversation.hear(kind, body)
                return
            case _:
                await conversation.hear(kind, body)


class _Reads:
    """Reads for a child, within the source and within reason."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._left = source.size * _READS_OF_THE_SOURCE + _MORE_READ

    async def answer(self, request: bytes) -> bytes:
        if len(request) != READ_REQUEST.size:
            raise ChildBroken("read request")
        offset, length = READ_REQUEST.unpack(request)
        if length > MAX_READ or offset + length > self._source.size:
            raise ChildBroken(f"read of {length} bytes at {offset}")
        self._left -= max(length, 1)
        if self._left < 0:
            raise ChildBroken("the source was read too often")
        return await self._source.read(offset, length)


class ScanConversation:
    """Collects the tables of a scan."""

    def __init__(self) -> None:
        self._facts: StreamFacts | None = None
        self._timestamps: list[bytes] = []
        self._keyframes: list[bytes] = []
        self._frames = 0
        self._flags = 0

    async def hear(self, kind: Kind, body: bytes) -> None:
        match kind:
            case Kind.STREAM:
                self._facts = StreamFacts.model_validate_json(body)
            case Kind.TIMESTAMPS:
                if not body or len(body) % _TIMESTAMP_BYTES:
                    raise ChildBroken("a part of a timestamp")
                self._frames += len(body) // _TIMESTAMP_BYTES
                self._timestamps.append(body)
            case Kind.KEYFRAMES:
                self._flags += len(body)
                self._keyframes.append(body)
            case Kind.END:
                return
            case _:
                raise ChildBroken(f"{kind} in a scan")
        if self._frames > MAX_TIMESTAMPS or self._flags > self._frames:
            raise ChildBroken("too many timestamps")
        if len(self._keyframes) > len(self._timestamps):
            raise ChildBroken("too many messages")

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
            raise crashed()
        return Scan(facts, timestamps, keyframes)


class ExtractConversation:
    """Hands frames on as they come."""

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
        self._end: EndNote | None = None

    async def hear(self, kind: Kind, body: bytes) -> None:
        match kind:
            case Kind.FRAME:
                await self._on_frame(self._frame(body))
            case Kind.SHEET if self._on_sheet is not None:
                await self._on_sheet(self._sheet(body))
            case Kind.END if len(body) <= _MAX_END_NOTE:
                self._end = EndNote.model_validate_json(body)
            case _:
                raise ChildBroken(f"{kind} in an extraction")

    def result(self) -> ExtractReport:
        assert self._end is not None  # noqa: S101 - a conversation without an end has raised
        return ExtractReport(self._end.engine, self._end.warnings)

    def _frame(self, body: bytes) -> EncodedFrame:
        encoded, data = _split(body)
        header = FrameHeader.model_validate_json(encoded)
        if self._latest is not None and header.time <= self._latest:
            raise ChildBroken("frames out of order")
        self._latest = header.time
        self._frames_left -= 1
        self._samples_left -= len(header.samples)
        if self._frames_left < 0 or self._samples_left < 0:
            raise ChildBroken("more frames or samples than were asked for")
        if self._on_sheet is not None:
            self._without_thumbnail.append(header.pts)
        return EncodedFrame(header.pts, header.time, header.samples, data)

    def _sheet(self, body: bytes) -> EncodedSheet:
        encoded, data = _split(body)
        header = SheetHeader.model_validate_json(encoded)
        for pts in header.pts:
            if not self._without_thumbnail or self._without_thumbnail.popleft() != pts:
                raise ChildBroken("thumbnails of other frames")
        return EncodedSheet(header, data)


def _split(body: bytes) -> tuple[bytes, bytes]:
    """A header in JSON, and the bytes that follow it."""
    begin = FRAME_HEADER_LENGTH.size
    if len(body) < begin:
        raise ChildBroken("short frame")
    (length,) = FRAME_HEADER_LENGTH.unpack_from(body)
    if length > MAX_NOTE:
        raise ChildBroken(f"frame header of {length} bytes")
    return body[begin : begin + length], body[begin + length :]


def crashed(*, permanent: bool = True) -> Failure:
    """The child ended, or talked nonsense, and nobody knows why."""
    return Failure(
        Reason.DECODER_CRASHED,
        "The decoder crashed on this video; the file may be damaged.",
        permanent=permanent,
    )
