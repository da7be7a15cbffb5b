"""The decoding child, forked by `fotograma_worker.engine.forkserver`.

It decodes one file and ends. It has no credentials and needs no network and no files: it asks
the worker for the bytes of the source over a socket, and sends back what it found. Once it is in
its sandbox it can import nothing: what it needs is imported here.
"""

import os
import socket
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import SEEK_CUR, SEEK_END, SEEK_SET, FileIO
from typing import Protocol, assert_never

from fotograma_contracts.reasons import ExtractionWarning

from fotograma_worker.engine.media import Source, memory_failure, memory_is_short
from fotograma_worker.engine.output import Encoded
from fotograma_worker.engine.pyav_engine import Extraction, ScanResult, engine_versions, scan
from fotograma_worker.engine.sandbox import enter as sandbox
from fotograma_worker.engine.sandbox.linux import die_with
from fotograma_worker.engine.thumbnails import Sheet
from fotograma_worker.errors import Failure, SandboxMissing
from fotograma_worker.protocol import (
    FRAME_HEADER_LENGTH,
    HEADER,
    JOB,
    MAX_NOTE,
    MAX_READ,
    READ_REQUEST,
    TIMESTAMPS_PER_CHUNK,
    UNSANDBOXED,
    EncodedFrame,
    EndNote,
    ExtractJob,
    FailureNote,
    FrameHeader,
    Job,
    Kind,
    SandboxNote,
    ScanJob,
    SelfTestJob,
    SheetHeader,
    message,
)

_READ_AHEAD = 256 * 1024
_LAST_WORDS = 4096

_DONE, _FAILED = 0, 1


class ParentGone(Exception):
    """The parent closed the socket or broke the protocol."""


class ExtractionInChild(Protocol):
    """Frames being extracted. Methods raise `Failure`."""

    def encoded(self) -> Iterator[Encoded]: ...
    def warnings(self) -> tuple[ExtractionWarning, ...]: ...


@dataclass(frozen=True)
class Engine:
    """A way to decode."""

    scan: Callable[[Source, ScanJob], ScanResult]
    extraction: Callable[[Source, ExtractJob], ExtractionInChild]
    versions: dict[str, str]
    """Of what the bytes of frames depend on."""


PYAV = Engine(scan, Extraction, engine_versions())  # versions are read from the packages' files


class Channel:
    """The child's end of the socket, by `read` and `write`: other calls are not to be had."""

    def __init__(self, descriptor: int) -> None:
        self._file = FileIO(descriptor, "r+", closefd=False)

    def send(self, kind: Kind, *body: bytes | memoryview) -> None:
        """Send one message; wait while the parent is busy."""
        for part in message(kind, *body):
            rest = memoryview(part)
            while rest:
                rest = rest[self._file.write(rest) :]

    def receive(self, expected: Kind, limit: int) -> bytes:
        """Wait for a message of the expected kind. Raises `ParentGone`."""
        kind, length = HEADER.unpack(self._receive_exactly(HEADER.size))
        if kind != expected or length > limit:
            raise ParentGone(f"unexpected message {kind} of {length} bytes")
        return self._receive_exactly(length)

    def _receive_exactly(self, length: int) -> bytes:
        data = bytearray(length)
        view, filled = memoryview(data), 0
        while filled < length:
            received = self._file.readinto(view[filled:])
            if not received:
                raise ParentGone("end of stream")
            filled += received
        return bytes(data)


class RemoteFile:
    """The source as a file object: reads ask the parent."""

    def __init__(self, channel: Channel, size: int) -> None:
        self._channel = channel
        self._size = size
        self._position = 0
        self._buffer = b""
        self._buffer_start = 0

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes; fewer only at the end of the file."""
        size = max(0, min(size, self._size - self._position))
        parts = []
        while size:
            part = self._buffered(size) or self._fetch(size)
            parts.append(part)
            size -= len(part)
            self._position += len(part)
        return b"".join(parts)

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Move, as files do."""
        base = {SEEK_SET: 0, SEEK_CUR: self._position, SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """The position."""
        return self._position

    def _buffered(self, size: int) -> bytes:
        at = self._position - self._buffer_start
        return self._buffer[at : at + size] if 0 <= at < len(self._buffer) else b""

    def _fetch(self, size: int) -> bytes:
        length = min(max(size, _READ_AHEAD), MAX_READ, self._size - self._position)
        self._channel.send(Kind.READ, READ_REQUEST.pack(self._position, length))
        self._buffer = self._channel.receive(Kind.DATA, length)
        self._buffer_start = self._position
        if not self._buffer:
            raise ParentGone("no data")
        return self._buffer[:size]


def work(channel: Channel, job: ScanJob | ExtractJob, engine: Engine = PYAV) -> None:
    """Do one job and say how it ended."""
    source = RemoteFile(channel, job.size_bytes)
    try:
        if isinstance(job, ScanJob):
            _scan(channel, engine.scan(source, job))
        else:
            _extract(channel, engine.extraction(source, job), engine.versions)
    except Failure as failure:
        _send_failure(channel, failure)
    except Exception as error:
        # Every library has an error of its own for memory it does not get.
        if not (isinstance(error, MemoryError) or memory_is_short()):
            raise
        _send_failure(channel, memory_failure())


def _scan(channel: Channel, result: ScanResult) -> None:
    channel.send(Kind.STREAM, result.facts.model_dump_json().encode())
    for chunk in _chunks(len(result.timestamps)):
        channel.send(Kind.TIMESTAMPS, result.timestamps[chunk].astype("<i8").tobytes())
        channel.send(Kind.KEYFRAMES, result.keyframes[chunk].astype("u1").tobytes())
    channel.send(Kind.END, EndNote().model_dump_json().encode())


def _chunks(length: int) -> Iterator[slice]:
    for first in range(0, length, TIMESTAMPS_PER_CHUNK):
        yield slice(first, first + TIMESTAMPS_PER_CHUNK)


def _extract(channel: Channel, extraction: ExtractionInChild, versions: dict[str, str]) -> None:
    for each in extraction.encoded():
        match each:
            case EncodedFrame():
                _send_frame(channel, each)
            case Sheet():
                _send_sheet(channel, each)
            case _:
                assert_never(each)
    note = EndNote(engine=versions, warnings=extraction.warnings())
    channel.send(Kind.END, note.model_dump_json().encode())


def _send_frame(channel: Channel, frame: EncodedFrame) -> None:
    header = FrameHeader(pts=frame.pts, time=frame.time, samples=frame.samples)
    encoded = header.model_dump_json().encode()
    channel.send(Kind.FRAME, FRAME_HEADER_LENGTH.pack(len(encoded)), encoded, frame.data)


def _send_sheet(channel: Channel, sheet: Sheet) -> None:
    header = SheetHeader(
        columns=sheet.columns,
        tile_width=sheet.tile.width,
        tile_height=sheet.tile.height,
        pts=sheet.pts,
    )
    encoded = header.model_dump_json().encode()
    channel.send(Kind.SHEET, FRAME_HEADER_LENGTH.pack(len(encoded)), encoded, sheet.data)


def _send_failure(channel: Channel, failure: Failure) -> None:
    note = FailureNote(reason=failure.reason, detail=failure.detail)
    channel.send(Kind.FAILED, note.model_dump_json().encode())


def _try_to_break_out(channel: Channel, confined: SandboxNote) -> None:
    """Tell what holds this process, and show it: the last call here must end it."""
    channel.send(Kind.SANDBOX, confined.model_dump_json().encode())
    if confined.seccomp:
        socket.socket()


def _serve(channel: Channel, parent: int) -> None:
    die_with(parent)
    job: Job = JOB.validate_json(channel.receive(Kind.JOB, MAX_NOTE))
    confined = sandbox.enter(job.limits, parent)
    if isinstance(job, SelfTestJob):
        _try_to_break_out(channel, confined)
    else:
        work(channel, job)


def run(descriptor: int, parent: int) -> int:
    """Do the one job that comes over a connected socket, and return an exit code.

    `parent` is the process that forked this one.
    """
    try:
        _serve(Channel(descriptor), parent)
    except (ParentGone, BrokenPipeError, ConnectionResetError):
        return _FAILED
    except Exception as error:  # noqa: BLE001 - nobody is above; the worker hears its last words
        os.write(2, traceback.format_exc().encode()[-_LAST_WORDS:])
        return UNSANDBOXED if isinstance(error, SandboxMissing) else _FAILED
    return _DONE
